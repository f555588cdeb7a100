//! Whether anything outside of this machine may be changed.

/// Whether anything may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// What the credentials permit.
    #[default]
    ReadWrite,
    /// Nothing, whatever they permit.
    ReadOnly,
}

impl Access {
    /// What `--read-only` leaves, where it is given.
    pub fn of(read_only: bool) -> Self {
        if read_only {
            Self::ReadOnly
        } else {
            Self::ReadWrite
        }
    }
}

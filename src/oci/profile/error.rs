//! What can be wrong with a profile: which file and line, and what to do about it.

use std::path::PathBuf;

use crate::oci::key::KeyError;

/// A profile that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The configuration file cannot be read.
    #[error("{}: {why}; `oci setup config` makes one, or name another file", .path.display())]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A line is not as an INI file has it.
    #[error("{}:{line}: {what}", .path.display())]
    Syntax {
        /// The configuration file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong and what to do.
        what: String,
    },
    /// No such profile.
    #[error("{}: no profile [{profile}]; it has {}", .path.display(), if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    NoProfile {
        /// The configuration file.
        path: PathBuf,
        /// The profile asked for.
        profile: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// A setting is not there.
    #[error("{}:{line}: profile [{profile}] has no {key}, and inherits none from [DEFAULT]: add {key}=…", .path.display())]
    Missing {
        /// The configuration file.
        path: PathBuf,
        /// The profile's first line.
        line: usize,
        /// The profile.
        profile: String,
        /// What is missing.
        key: &'static str,
    },
    /// A setting has the wrong form. Its value is not repeated: it may be a secret gone astray.
    #[error("{}:{line}: {key}: {expected}", .path.display())]
    Invalid {
        /// The configuration file.
        path: PathBuf,
        /// The setting's line.
        line: usize,
        /// The setting.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A file that a setting names cannot be read.
    #[error("{}:{line}: {key}: {}: {why}", .path.display(), .file.display())]
    File {
        /// The configuration file.
        path: PathBuf,
        /// The setting's line.
        line: usize,
        /// The setting.
        key: &'static str,
        /// The file that it names.
        file: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The key file was read, but not understood.
    #[error("{}:{line}: key_file: {}: {source}", .path.display(), .file.display())]
    Key {
        /// The configuration file.
        path: PathBuf,
        /// The line of `key_file`.
        line: usize,
        /// The key file.
        file: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
}

impl ProfileError {
    /// The key is encrypted and a person has to be asked for its passphrase, for the first time or
    /// again.
    pub fn wants_passphrase(&self) -> bool {
        matches!(
            self,
            Self::Key {
                source: KeyError::PassphraseNeeded | KeyError::WrongPassphrase,
                ..
            }
        )
    }
}

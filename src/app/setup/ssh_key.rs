//! The SSH key pair that the nodes are reached with: found, or made where there is none.

use std::path::Path;

use super::desk::{Desk, problem};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{SshKeyFound, Told};
use crate::ssh::{KeyPair, KeyPairError};

/// Looks for the pair; with `make`, lays one where there is none.
pub(super) fn find(
    desk: &Desk,
    private_key: &Path,
    public_key: &Path,
    make: bool,
) -> Result<Told, Problem> {
    let mut is_new = false;
    let mut pair = KeyPair::find(private_key, public_key).map_err(|error| unusable(&error))?;
    if pair.is_none() && make {
        desk.may_write()?;
        pair = Some(KeyPair::make(private_key, public_key).map_err(|error| unusable(&error))?);
        is_new = true;
    }
    let key = pair.map_or_else(SshKeyFound::default, |pair| SshKeyFound {
        public: Line::new(&pair.public),
        fingerprint: Line::new(&pair.fingerprint),
        encrypted: pair.encrypted,
        made: is_new,
    });
    Ok(Told::SshKey { key })
}

fn unusable(error: &KeyPairError) -> Problem {
    problem(
        "The SSH key cannot be used",
        error,
        "Name another pair of files, or move these out of the way.",
    )
}

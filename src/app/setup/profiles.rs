//! Which profiles the OCI configuration file has.

use std::path::Path;

use super::desk::{Desk, problem};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{ProfileFound, Told};
use crate::oci::{Outline, Profile};

/// Reads the file; connects to nothing.
pub(super) fn read(desk: &Desk, config_file: &Path) -> Result<Told, Problem> {
    let passphrase = desk.ground.passphrase.as_ref();
    let outlines = Profile::outlines(config_file, passphrase).map_err(|error| {
        problem(
            "The OCI configuration file cannot be read",
            error,
            "Correct the file, or name another one.",
        )
    })?;
    let profiles = outlines.into_iter().map(found).collect();
    Ok(Told::Profiles { profiles })
}

fn found(outline: Outline) -> ProfileFound {
    let (locked, problem) = match outline.problem {
        Some(error) if error.wants_passphrase() => (true, None),
        Some(error) => (false, Some(Line::new(&error.to_string()))),
        None => (false, None),
    };
    ProfileFound {
        name: Line::new(&outline.name),
        region: Line::new(&outline.region.unwrap_or_default()),
        tenancy: Line::new(&outline.tenancy.unwrap_or_default()),
        needs_passphrase: locked,
        problem,
    }
}

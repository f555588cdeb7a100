//! The profiles of a file at a glance: what each says of itself, and whether it can be used.
//!
//! For choosing one. A profile whose key waits for a passphrase still has a region and a tenancy.

use std::io;
use std::path::Path;

use secrecy::SecretString;

use super::reading::{Reading, read_sections};
use super::{Profile, ProfileError};

/// A profile before it is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub name: String,
    /// The region that it names, as it is written.
    pub region: Option<String>,
    /// The tenancy that it names, as it is written.
    pub tenancy: Option<String>,
    /// Why it cannot be used as it stands.
    pub problem: Option<ProfileError>,
}

impl Profile {
    /// All profiles of the configuration file at `path`, in its order; none where there is no file.
    ///
    /// `passphrase` is tried on every key that has one.
    pub fn outlines(
        path: &Path,
        passphrase: Option<&SecretString>,
    ) -> Result<Vec<Outline>, ProfileError> {
        let missing =
            std::fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if missing {
            return Ok(Vec::new());
        }
        let sections = read_sections(path)?;
        let outline = |(name, section): (&String, &super::ini::Section)| {
            let reading = Reading {
                path,
                profile: name,
                line: section.line,
                sections: &sections,
            };
            Outline {
                name: name.clone(),
                region: reading.written("region"),
                tenancy: reading.written("tenancy"),
                problem: reading.profile(passphrase).err(),
            }
        };
        Ok(sections.iter().map(outline).collect())
    }
}

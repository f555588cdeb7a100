//! The manifest of a rendered folder: the checksum of each file as it was written.
//!
//! It comes with a repository that may be anybody's, so its paths are taken only where they lead to
//! a place inside the folder.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Component, Path};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::render::SECRETS;

/// The manifest's name in the folder.
pub const MANIFEST: &str = ".k3scope-rendered.json";

/// SHA-256 of each file, in hexadecimal, by its path in the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) files: BTreeMap<String, String>,
}

impl Manifest {
    /// What `text` says; nothing where it is no manifest, so that every file counts as edited.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut manifest: Self = serde_json::from_slice(text).unwrap_or_default();
        manifest
            .files
            .retain(|path, _| stays_inside(path) && is_rendered(path));
        manifest
    }

    /// Whether `bytes` are what was written at `path`.
    pub(super) fn wrote(&self, path: &str, bytes: &[u8]) -> bool {
        self.files
            .get(path)
            .is_some_and(|sum| *sum == checksum(bytes))
    }

    /// The file's text.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        Ok((serde_json::to_string_pretty(self)? + "\n").into_bytes())
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn checksum(bytes: &[u8]) -> String {
    let sum = digest(&SHA256, bytes);
    sum.as_ref().iter().fold(String::new(), |mut text, byte| {
        // Nothing that is written to a string fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether it is a relative path of plain names.
fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

/// Whether it can be a file that was rendered with a manifest: no manifest, no secrets, no state.
fn is_rendered(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name != MANIFEST && name != SECRETS && !name.contains(".tfstate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_nothing_outside_its_folder() {
        let text = br#"{"files": {"a.tf": "0", "b/c.yaml": "0", "../x": "0", "/etc/x": "0", "": "0",
            "secrets.auto.tfvars.json": "0", "terraform.tfstate": "0", ".k3scope-rendered.json": "0"}}"#;
        let manifest = Manifest::read(text);
        let paths: Vec<&str> = manifest.files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["a.tf", "b/c.yaml"]);
        assert_eq!(Manifest::read(b"no manifest"), Manifest::default());
    }

    #[test]
    fn a_file_is_known_by_its_checksum() {
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(checksum(b"abc"), sum);
        let manifest = Manifest {
            files: [("a.tf".to_owned(), sum.to_owned())].into(),
        };
        assert!(manifest.wrote("a.tf", b"abc"));
        assert!(!manifest.wrote("a.tf", b"abcd"));
        assert!(!manifest.wrote("b.tf", b"abc"));
    }
}

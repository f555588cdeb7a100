//! Writes into `cluster.toml` what must not change by itself from one run to the next.
//!
//! Only the pinned key is added: comments, order and everything else stay as they are, and what the
//! operator has pinned is never replaced. Which image it is, is the caller's to know.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use super::{files, forms};

/// Why an image is not pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// What was to be pinned is no image.
    #[error("{0:?} is not the OCID of an image")]
    NoImage(String),
    /// The file is no TOML by now, or `image` is no table in it.
    #[error("the image cannot be pinned, because {0}")]
    Form(String),
    /// The file cannot be read or written.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// `text` with `[image] ocid`, where it has none yet.
pub fn image(text: &str, ocid: &str) -> Result<String, PinError> {
    if !forms::is_ocid(ocid, &["image"]) {
        return Err(PinError::NoImage(ocid.to_owned()));
    }
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| PinError::Form(error.message().to_owned()))?;
    let table = document
        .entry("image")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| PinError::Form("`image` is no table in it".to_owned()))?;
    if table.contains_key("ocid") {
        return Ok(text.to_owned());
    }
    table.insert("ocid", value(ocid));
    Ok(document.to_string())
}

/// As [`image()`], in the file at `path`; tells whether it was changed.
pub fn image_in(path: &Path, ocid: &str) -> Result<bool, PinError> {
    let io = |source| PinError::Io {
        path: path.to_owned(),
        source,
    };
    let text = fs::read_to_string(path).map_err(io)?;
    let pinned = image(&text, ocid)?;
    if pinned == text {
        return Ok(false);
    }
    let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
    // Where a link stands, it stays, and what it leads to is written.
    let file = fs::canonicalize(path).map_err(io)?;
    files::replace(&file, pinned.as_bytes(), mode).map_err(io)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::config::{Config, Layout, annotated};

    const OCID: &str = "ocid1.image.oc1.iad.aaaaaaaaubuntu";

    #[rstest]
    #[case::table("# mine\n[image] # keep\nversion = \"24.04\"\n\n# next\n[ssh]\n")]
    #[case::absent("[cluster]\nname = \"k3s\" # mine\n")]
    #[case::inline("image = { version = \"24.04\" }\n")]
    #[case::dotted("image.version = \"24.04\" # keep\n[ssh]\n")]
    #[case::empty("")]
    fn a_pin_is_added_and_nothing_else_changes(#[case] text: &str) {
        let pinned = image(text, OCID).unwrap();
        let (config, _) = Config::parse(&pinned, Path::new("cluster.toml")).unwrap();
        assert_eq!(config.image.ocid.as_deref(), Some(OCID));
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains('{')).collect();
        let mut lines = pinned.lines();
        for line in kept {
            assert!(lines.any(|one| one == line), "{line:?} is lost: {pinned}");
        }
        assert_eq!(image(&pinned, OCID).unwrap(), pinned);
    }

    #[test]
    fn the_template_keeps_its_comments_beside_the_pin() {
        let text = annotated(Layout::Reference);
        let pinned = image(&text, OCID).unwrap();
        let added: Vec<&str> = pinned.lines().filter(|line| !text.contains(line)).collect();
        assert_eq!(added, [format!("ocid = \"{OCID}\"")]);
        assert_eq!(pinned.lines().count(), text.lines().count() + 1);
    }

    #[test]
    fn what_the_operator_pinned_stays() {
        let text = "[image]\nocid = \"ocid1.image.oc1.iad.aaaamine\"\n";
        assert_eq!(image(text, OCID).unwrap(), text);
    }

    #[rstest]
    #[case::no_ocid("", "newest")]
    #[case::another_kind("", "ocid1.instance.oc1.iad.aaaa")]
    #[case::no_table("image = 3\n", OCID)]
    #[case::broken("[image\n", OCID)]
    fn what_is_no_image_or_no_table_is_refused(#[case] text: &str, #[case] ocid: &str) {
        assert!(image(text, ocid).is_err());
    }

    #[test]
    fn the_file_keeps_its_mode_and_a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("real.toml");
        fs::write(&file, "[image]\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("cluster.toml");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(image_in(&link, OCID).unwrap());
        assert!(
            !image_in(&link, OCID).unwrap(),
            "the second time changes nothing"
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().contains(OCID));
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}

//! A person's own keys: `keymap.toml` in the folder for configuration, over those that are built in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::Failure;
use crate::keymap::Keymap;

/// A keymap is no longer than this, in bytes.
const LONGEST: u64 = 256 * 1024;

/// The keymap of this person. A file that is not there is none; one with mistakes is refused, so that no
/// key does something else than its owner thinks.
pub(super) fn keymap() -> Result<Keymap, Failure> {
    let builtin = Keymap::builtin().map_err(Failure::other)?;
    match path() {
        Some(path) => over(builtin, &path),
        None => Ok(builtin),
    }
}

fn path() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("k3scope").join("keymap.toml"))
}

fn over(builtin: Keymap, path: &Path) -> Result<Keymap, Failure> {
    let shown = path.display();
    let unread = |why: &dyn std::fmt::Display| {
        Failure::configuration(format!(
            "your keys cannot be read from {shown}: {why}; mend the file or move it away"
        ))
    };
    match fs::metadata(path) {
        Ok(about) if about.len() > LONGEST => return Err(unread(&"it is too long for a keymap")),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(builtin),
        Err(error) => return Err(unread(&error)),
    }
    let text = fs::read_to_string(path).map_err(|error| unread(&error))?;
    builtin.overridden(&text).map_err(|error| {
        let problems: Vec<String> = error
            .problems
            .iter()
            .map(|problem| format!("{shown}:{problem}"))
            .collect();
        Failure::configuration(format!(
            "{}\nmend these lines, or move the file away; `k3scope keys` shows what applies",
            problems.join("\n")
        ))
    })
}

//! The files that the wizard's answers read and write.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) use crate::config::files::{PRIVATE, beside, create, folder, replace};

/// An ordinary file's text; nothing where there is no such file. A link, a folder or a device is
/// refused, and so is what is longer than `limit` bytes.
pub(super) fn ordinary(path: &Path, limit: u64) -> io::Result<Option<String>> {
    let about = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    if about.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    if !about.is_file() {
        return Err(io::Error::other("it is not an ordinary file"));
    }
    let mut text = String::new();
    File::open(path)?
        .take(limit + 1)
        .read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > limit) {
        return Err(io::Error::other(format!("it is longer than {limit} bytes")));
    }
    Ok(Some(text))
}

/// The permissions of what stands at `path`.
pub(super) fn mode(path: &Path) -> Option<u32> {
    let about = fs::symlink_metadata(path).ok()?;
    Some(about.permissions().mode() & 0o777)
}

//! Files that are written whole or not at all, and that only their owner reads.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Readable by its owner only.
pub(super) const PRIVATE: u32 = 0o600;

/// Writes a file that must not be there yet.
pub(super) fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file is worse than none; the first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

/// Puts a file in the place of what is there: at any moment it is the old one or the new one.
/// Where a link stands, the link is replaced and not what it leads to.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let next = beside(path, &format!("new-{}", std::process::id()));
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create(&next, bytes, mode)?;
    let moved = fs::rename(&next, path);
    if moved.is_err() {
        let _ = fs::remove_file(&next);
        return moved;
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file's name with `.ENDING` after it.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// A folder that is there afterwards; what had to be made has mode 0700.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

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

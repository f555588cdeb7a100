//! Files that are written whole or not at all, with permissions that hold from their first byte, and
//! what a path must be to be written to.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::workspace::our_user;

/// Readable by its owner only.
pub const PRIVATE: u32 = 0o600;
/// Readable by everybody.
pub const PUBLIC: u32 = 0o644;

/// What a path is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Wanted {
    /// An ordinary file.
    File,
    /// A folder.
    Folder,
}

/// Why a path is left alone.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A symbolic link.
    #[error("{path} is a symbolic link, and could lead anywhere; remove the link", path = .0.display())]
    Link(PathBuf),
    /// Something else stands there.
    #[error("{path} is no {wanted}; move it out of the way", path = .path.display())]
    Other {
        /// Which path.
        path: PathBuf,
        /// What it is to be.
        wanted: Wanted,
    },
    /// Another user's.
    #[error("{path} belongs to another user; remove it, or work in a folder of your own", path = .0.display())]
    Foreign(PathBuf),
    /// Something with the file system.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
}

/// Whether `path` is there; then it is what is wanted, and no link.
pub fn is_there(path: &Path, wanted: Wanted) -> Result<bool, Unfit> {
    Ok(look(path, wanted)?.is_some())
}

/// As [`is_there`]; then it is ours as well, and may be written to.
pub fn is_ours(path: &Path, wanted: Wanted) -> Result<bool, Unfit> {
    match look(path, wanted)? {
        None => Ok(false),
        Some(about) if our_user() == Some(about.uid()) => Ok(true),
        Some(_) => Err(Unfit::Foreign(path.to_owned())),
    }
}

fn look(path: &Path, wanted: Wanted) -> Result<Option<fs::Metadata>, Unfit> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(Unfit::Io {
                path: path.to_owned(),
                source,
            });
        }
    };
    let fits = match wanted {
        Wanted::File => about.is_file(),
        Wanted::Folder => about.is_dir(),
    };
    if about.is_symlink() {
        Err(Unfit::Link(path.to_owned()))
    } else if fits {
        Ok(Some(about))
    } else {
        Err(Unfit::Other {
            path: path.to_owned(),
            wanted,
        })
    }
}

/// A folder that is there afterwards; what had to be made only its owner can enter.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file that must not be there yet.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
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
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
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
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"new", PRIVATE).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"secret", PRIVATE).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

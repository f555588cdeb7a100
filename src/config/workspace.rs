//! The folder of `cluster.toml`, and `.k3scope/` in it, where the program keeps what it knows.
//!
//! `.k3scope/` holds credentials, so it is used only when it is a real folder of ours that nobody
//! else can read and that Git does not track.

use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::git_index;

const STATE: &str = ".k3scope";
const RUNS: &str = "runs";

/// The folder of a `cluster.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder, as an absolute path.
    pub root: PathBuf,
}

/// Why `.k3scope/` is not used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A symbolic link.
    #[error("{path} is a symbolic link, so what is kept in it could be anybody's; remove the link", path = .0.display())]
    Link(PathBuf),
    /// No folder.
    #[error("{path} is not a folder; move it out of the way", path = .0.display())]
    NoFolder(PathBuf),
    /// Another user's.
    #[error("{path} belongs to another user; remove it, or work in a folder of your own", path = .0.display())]
    Foreign(PathBuf),
    /// Readable or writable by others.
    #[error("{path} holds credentials and is open to others (mode {mode:03o}): `chmod 700 {path}`", path = .path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// In Git's index.
    #[error("{path} holds credentials and is tracked by Git: `git rm -r --cached {path}`, and replace what was published", path = .0.display())]
    Tracked(PathBuf),
    /// Something with the file system.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which path.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
}

impl Workspace {
    /// The workspace of the configuration at `path`.
    pub fn beside(path: &Path) -> Self {
        Self {
            root: path.parent().unwrap_or(Path::new("/")).to_owned(),
        }
    }

    /// Where the journals of runs are, made by whoever begins the first; for reading, there may be none.
    pub fn runs(&self) -> PathBuf {
        self.root.join(STATE).join(RUNS)
    }

    /// `.k3scope/`, made if it is missing (mode 0700, ignored by Git) and checked if it is not.
    pub fn state(&self) -> Result<PathBuf, StateError> {
        let path = self.root.join(STATE);
        let io = |source| StateError::Io {
            path: path.clone(),
            source,
        };
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io(error)),
            _ => {}
        }
        check(&path, &std::fs::symlink_metadata(&path).map_err(io)?)?;
        if git_index::tracks(&path).map_err(io)? {
            return Err(StateError::Tracked(path));
        }
        let ignore = path.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(&ignore, "*\n").map_err(io)?;
        }
        Ok(path)
    }
}

/// Whether Git tracks the file or folder at `path`, as far as its index tells.
pub fn is_tracked(path: &Path) -> io::Result<bool> {
    git_index::tracks(path)
}

fn check(path: &Path, about: &Metadata) -> Result<(), StateError> {
    let path = path.to_owned();
    let mode = about.mode() & 0o777;
    if about.is_symlink() {
        Err(StateError::Link(path))
    } else if !about.is_dir() {
        Err(StateError::NoFolder(path))
    } else if our_user() != Some(about.uid()) {
        Err(StateError::Foreign(path))
    } else if mode & 0o077 != 0 {
        Err(StateError::Open { path, mode })
    } else {
        Ok(())
    }
}

/// The user that this process acts as: the owner of its own entry in `/proc` where there is one,
/// and otherwise of the home folder. `None` trusts nobody.
pub(super) fn our_user() -> Option<u32> {
    std::fs::metadata("/proc/self")
        .or_else(|_| std::fs::metadata(etcetera::home_dir().map_err(io::Error::other)?))
        .ok()
        .map(|about| about.uid())
}

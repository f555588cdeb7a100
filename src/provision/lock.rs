//! Keeps two runs on one workspace apart.
//!
//! The kernel holds the lock (flock) and drops it when the process ends, however it ends; the file's
//! text only tells who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A run's hold on its workspace; dropping it gives it up.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run is at work on this cluster: {holder}")]
    Held {
        /// Who, as that run wrote it.
        holder: String,
    },
    /// The file system refused.
    #[error("cannot lock {path}: {source}")]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Lock {
    /// Takes the lock at `path` without waiting; `purpose` is shown to whoever finds it taken.
    pub fn take(path: &Path, purpose: &str) -> Result<Self, LockError> {
        let failed = |source| LockError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.take(200).read_to_string(&mut holder);
                let known = read.is_ok() && !holder.trim().is_empty();
                let holder = if known {
                    holder.trim()
                } else {
                    "it did not say which"
                };
                return Err(LockError::Held {
                    holder: crate::domain::text::line(holder),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        write!(file, "{purpose}, process {}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_refused_and_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Lock::take(&path, "apply of k3s").unwrap();
        let refused = Lock::take(&path, "destroy of k3s").unwrap_err().to_string();
        assert!(refused.contains("apply of k3s, process "), "{refused}");
        drop(first);
        Lock::take(&path, "destroy of k3s").unwrap();
    }
}

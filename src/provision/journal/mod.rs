//! What was sent and what was answered, written down before it matters.
//!
//! One append-only file of JSON Lines a run, synced line by line, free of secrets (of a request's
//! body only its hash is kept). A run that follows a killed one must repeat an unanswered create with
//! the same retry token, every other create with a new one, and launch no sooner than OCI bears.

mod entry;
mod file;
mod past;
mod read;

pub use entry::{Entry, Line};
pub use file::Journal;
pub use past::{HuntPast, OpenHunt, Past};
pub use read::hunt;
pub(crate) use read::lines;

use std::io;
use std::path::{Path, PathBuf};

/// A journal that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the journal {path}: {source}")]
pub struct JournalError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError { path, source }
}

#[cfg(test)]
mod tests;

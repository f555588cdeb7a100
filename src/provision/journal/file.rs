//! The file of one run: appended to, and synced line by line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::entry::{Entry, Line};
use super::past::{HuntPast, Past};
use super::{JournalError, failed, read};
use crate::domain::hunt::Place;
use crate::domain::plan::{Operation, ResourceKey};

/// The journal of one run, with what earlier runs left to know.
#[derive(Debug)]
pub struct Journal {
    run: String,
    path: PathBuf,
    pub(super) file: File,
    past: Past,
}

impl Journal {
    /// Begins the journal of a run in `folder`, after reading those of earlier runs on `cluster`.
    pub fn begin(
        folder: &Path,
        cluster: &str,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed(folder))?;
        let past = read::past(folder, cluster)?;
        let run = format!(
            "{}-{}",
            now.strftime("%Y%m%dT%H%M%S%3fZ"),
            std::process::id()
        );
        let path = folder.join(format!("{run}.jsonl"));
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed(&path))?;
        let mut journal = Self {
            run,
            path,
            file,
            past,
        };
        journal.write(
            now,
            Entry::Started {
                cluster: cluster.to_owned(),
                operation,
            },
        )?;
        Ok(journal)
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Writes one line; when it returns, the line survives a crash.
    pub fn write(&mut self, at: Timestamp, entry: Entry) -> Result<(), JournalError> {
        let line = Line { at, entry };
        self.past.fold(&line);
        serde_json::to_string(&line)
            .map_err(io::Error::from)
            .and_then(|text| self.file.write_all(format!("{text}\n").as_bytes()))
            .and_then(|()| self.file.sync_data())
            .map_err(failed(&self.path))
    }

    /// The number that the next create of `key` carries in its retry token; see [`Past`].
    pub fn attempt(&self, key: &ResourceKey, body: &str) -> u32 {
        self.past.attempt(key, body)
    }

    /// Where a launch of `key` went whose answer never came: only there does its token hold.
    pub fn unanswered(&self, key: &ResourceKey) -> Option<&Place> {
        self.past.unanswered(key)
    }

    /// How the launches stand, over all runs since the cluster was last complete.
    pub fn hunt(&self) -> &HuntPast {
        self.past.hunt()
    }
}

//! What was sent and what was answered, written down before it matters.
//!
//! One append-only file of JSON Lines a run, synced line by line, free of secrets (of a request's
//! body only its hash is kept). It exists for one thing: a run that follows a killed one must repeat
//! an unanswered create with the same retry token, and every other create with a new one.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::plan::{Operation, ResourceKey};
use crate::domain::provision::Outcome;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a journal keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The run began.
    Started {
        /// The cluster's name.
        cluster: String,
        /// What for.
        operation: Operation,
    },
    /// A create is about to be sent.
    Intent {
        /// Which resource.
        key: ResourceKey,
        /// The number in the retry token.
        attempt: u32,
        /// SHA-256 of the request's body, in hexadecimal.
        body: String,
    },
    /// The create was answered: the resource exists.
    Created {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID.
        id: String,
    },
    /// The create was refused for certain: nothing was made.
    Refused {
        /// Which resource.
        key: ResourceKey,
        /// The error's code.
        code: String,
    },
    /// The removal was accepted.
    Deleted {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID.
        id: String,
    },
    /// The run ended by itself.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

/// A journal that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the journal {path}: {source}")]
pub struct JournalError {
    /// Which file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// The last that is known of the creates of one resource.
#[derive(Debug)]
struct Attempt {
    number: u32,
    body: String,
    answered: bool,
}

/// The journal of one run, with what earlier runs left to know.
#[derive(Debug)]
pub struct Journal {
    run: String,
    path: PathBuf,
    file: File,
    attempts: BTreeMap<ResourceKey, Attempt>,
}

impl Journal {
    /// Begins the journal of a run in `folder`, after reading those of earlier runs on `cluster`.
    pub fn begin(
        folder: &Path,
        cluster: &str,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| JournalError { path, source }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed(folder))?;
        let attempts = earlier_attempts(folder, cluster).map_err(failed(folder))?;
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
            attempts,
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
        fold(&mut self.attempts, &entry);
        let written = serde_json::to_string(&Line { at, entry })
            .map_err(io::Error::from)
            .and_then(|line| writeln!(self.file, "{line}"))
            .and_then(|()| self.file.sync_data());
        written.map_err(|source| JournalError {
            path: self.path.clone(),
            source,
        })
    }

    /// The number that the next create of `key` carries in its retry token: the last one's while
    /// that is unanswered and had the same body, a new one otherwise.
    pub fn attempt(&self, key: &ResourceKey, body: &str) -> u32 {
        match self.attempts.get(key) {
            None => 1,
            Some(last) if !last.answered && last.body == body => last.number,
            Some(last) => last.number.saturating_add(1),
        }
    }
}

fn earlier_attempts(folder: &Path, cluster: &str) -> io::Result<BTreeMap<ResourceKey, Attempt>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .filter(|path| {
            path.as_ref()
                .map_or(true, |path| path.extension().is_some_and(|e| e == "jsonl"))
        })
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let mut attempts = BTreeMap::new();
    for path in paths {
        let mut ours = false;
        for line in BufReader::new(File::open(&path)?).split(b'\n') {
            // The last line of a killed run may be torn; nothing was sent after it.
            let Ok(Line { entry, .. }) = serde_json::from_slice(&line?) else {
                continue;
            };
            if let Entry::Started { cluster: named, .. } = &entry {
                ours = named == cluster;
            } else if ours {
                fold(&mut attempts, &entry);
            }
        }
    }
    Ok(attempts)
}

fn fold(attempts: &mut BTreeMap<ResourceKey, Attempt>, entry: &Entry) {
    match entry {
        Entry::Intent { key, attempt, body } => {
            let last = Attempt {
                number: *attempt,
                body: body.clone(),
                answered: false,
            };
            attempts.insert(key.clone(), last);
        }
        Entry::Created { key, .. } | Entry::Refused { key, .. } | Entry::Deleted { key, .. } => {
            if let Some(last) = attempts.get_mut(key) {
                last.answered = true;
            }
        }
        Entry::Started { .. } | Entry::Finished { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(folder: &Path, cluster: &str, second: i64) -> Journal {
        let now = Timestamp::from_second(second).unwrap();
        Journal::begin(folder, cluster, Operation::Apply, now).unwrap()
    }

    fn intent(key: &ResourceKey, attempt: u32, body: &str) -> Entry {
        Entry::Intent {
            key: key.clone(),
            attempt,
            body: body.to_owned(),
        }
    }

    #[test]
    fn an_unanswered_create_is_repeated_under_its_number_and_any_other_under_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (vcn, now) = (ResourceKey::new("vcn"), Timestamp::UNIX_EPOCH);
        let mut killed = begin(folder.path(), "k3s", 1);
        assert_eq!(killed.attempt(&vcn, "a"), 1);
        killed.write(now, intent(&vcn, 1, "a")).unwrap();
        drop(killed);

        let mut next = begin(folder.path(), "k3s", 2);
        assert_eq!(next.attempt(&vcn, "a"), 1, "the same request");
        assert_eq!(next.attempt(&vcn, "b"), 2, "another body");
        next.write(now, intent(&vcn, 1, "a")).unwrap();
        next.write(
            now,
            Entry::Created {
                key: vcn.clone(),
                id: "ocid1".to_owned(),
            },
        )
        .unwrap();
        drop(next);

        assert_eq!(
            begin(folder.path(), "k3s", 3).attempt(&vcn, "a"),
            2,
            "it was made and is gone"
        );
        assert_eq!(
            begin(folder.path(), "other", 4).attempt(&vcn, "a"),
            1,
            "another cluster"
        );
    }

    #[test]
    fn a_torn_last_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let vcn = ResourceKey::new("vcn");
        let mut killed = begin(folder.path(), "k3s", 1);
        killed
            .write(Timestamp::UNIX_EPOCH, intent(&vcn, 3, "a"))
            .unwrap();
        killed.file.write_all(b"{\"at\":\"2026-11-22T13:0").unwrap();
        drop(killed);
        assert_eq!(begin(folder.path(), "k3s", 2).attempt(&vcn, "a"), 3);
    }
}

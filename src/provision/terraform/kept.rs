//! The files of one run in `.k3scope/runs/`, from which any later start of the program can go on
//! following it.
//!
//! `RUN.tf.jsonl` is what Terraform prints. Its lock (flock) is inherited by the keeper and by Terraform
//! and so says, whoever died, whether anything still runs. `RUN.tf.json` is what was begun,
//! `RUN.tf.state` who keeps it and how it ended.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Review;
use crate::config::files::{self, PRIVATE};
use crate::domain::hunt::Place;
use crate::domain::line::Line;
use crate::domain::plan::{Plan, ResourceKey};

/// More than any of the small files has, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    /// What it does.
    pub(super) plan: Plan,
    /// The key of each address.
    pub(super) keys: BTreeMap<Line, ResourceKey>,
    /// The program.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: Vec<String>,
    /// Where it runs.
    pub(super) folder: PathBuf,
    /// The saved plan, which holds secrets: removed once the run has ended.
    pub(super) saved: Option<PathBuf>,
    /// Where it launches which nodes.
    #[serde(default)]
    pub(super) launches: BTreeMap<ResourceKey, Place>,
    /// Of which hunt it is one try. A run without it carries out all that was agreed to, and is told
    /// from its own plan; a try is a part, and told from the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hunted: Option<Hunted>,
}

/// What a try is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hunted {
    /// All that was agreed to, as it stood when the try began.
    pub(super) whole: Plan,
    /// The node that is launched.
    pub(super) key: ResourceKey,
    /// Where.
    pub(super) place: Place,
    /// The number of the launch over all runs.
    pub(super) number: u32,
}

impl Begun {
    /// Removes the saved plan. That it is gone already is well.
    pub(super) fn forget_saved(&self) -> io::Result<()> {
        let Some(saved) = &self.saved else {
            return Ok(());
        };
        match fs::remove_file(saved) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What was reviewed before it was begun, as far as a run is told by it.
    pub(super) fn review(&self) -> Review {
        Review {
            plan: self.plan.clone(),
            keys: self.keys.clone(),
            version: Line::default(),
            drifted: Vec::new(),
            imports: Vec::new(),
            applyable: None,
            errored: false,
        }
    }
}

/// Who keeps a run, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The keeper's process.
    pub(super) keeper: u32,
    /// The exit status, once it has ended; [`KILLED`] where a signal ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<i32>,
}

/// Told as exit status where a signal ended the program.
pub(super) const KILLED: i32 = -1;

/// The files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunFiles {
    folder: PathBuf,
    run: String,
}

impl RunFiles {
    /// The files of `run` in the folder of all runs.
    pub(super) fn of(folder: &Path, run: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            run: run.to_owned(),
        }
    }

    /// The files that `record`, the path of a run's first file, belongs to.
    pub(super) fn of_record(record: &Path) -> Option<Self> {
        let run = record.file_name()?.to_str()?.strip_suffix(".tf.json")?;
        Some(Self::of(record.parent()?, run))
    }

    /// The run's name.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.tf.{ending}", self.run))
    }

    /// Where it is written what was begun.
    pub(super) fn record(&self) -> PathBuf {
        self.file("json")
    }

    /// What the program prints.
    pub(super) fn stream(&self) -> PathBuf {
        self.file("jsonl")
    }

    /// What it says on standard error.
    pub(super) fn complaints(&self) -> PathBuf {
        self.file("err")
    }

    /// Writes what is begun, and makes the stream, locked for those who inherit it.
    pub(super) fn begin(&self, begun: &Begun) -> io::Result<[File; 2]> {
        put(&self.record(), begun)?;
        let create = |path: &Path| {
            let mut options = OpenOptions::new();
            options.create_new(true).append(true).mode(0o600).open(path)
        };
        let stream = create(&self.stream())?;
        stream.try_lock().map_err(io::Error::from)?;
        Ok([stream, create(&self.complaints())?])
    }

    /// What was begun.
    pub(super) fn begun(&self) -> io::Result<Begun> {
        get(&self.record())
    }

    /// Removes the files: all that they told is told elsewhere.
    pub(super) fn forget(&self) -> io::Result<()> {
        for ending in ["jsonl", "err", "state", "json"] {
            match fs::remove_file(self.file(ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Who keeps it; nobody yet where the keeper has not come that far.
    pub(super) fn kept(&self) -> io::Result<Kept> {
        match get(&self.file("state")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
            other => other,
        }
    }

    /// Writes who keeps it, and how it ended.
    pub(super) fn keep(&self, kept: &Kept) -> io::Result<()> {
        put(&self.file("state"), kept)
    }

    /// Whether the program or its keeper still runs.
    pub(super) fn is_alive(&self) -> io::Result<bool> {
        let stream = match File::open(self.stream()) {
            Ok(stream) => stream,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match stream.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The youngest run in `folder` that still goes on.
    pub(super) fn alive(folder: &Path) -> io::Result<Option<Self>> {
        let mut runs: Vec<Self> = records(folder)?;
        runs.sort_by(|one, other| other.run.cmp(&one.run));
        for files in runs {
            if files.is_alive()? {
                return Ok(Some(files));
            }
        }
        Ok(None)
    }
}

fn records(folder: &Path) -> io::Result<Vec<RunFiles>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(RunFiles::of_record(&entry?.path()));
    }
    Ok(found)
}

/// Writes the whole of it or nothing.
fn put(path: &Path, what: &impl Serialize) -> io::Result<()> {
    files::replace(path, &serde_json::to_vec(what)?, PRIVATE)
}

fn get<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let about = fs::metadata(path)?;
    if about.len() > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "larger than it can be",
        ));
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::AllowanceCheck;
    use crate::domain::plan::Operation;

    #[test]
    fn a_run_is_alive_as_long_as_somebody_holds_its_stream() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path(), "20261123T000000000Z-1");
        assert!(!files.is_alive().unwrap());
        assert_eq!(files.kept().unwrap(), Kept::default());
        let begun = Begun {
            plan: Plan {
                cluster: "k3s".to_owned(),
                operation: Operation::Apply,
                region: "eu-frankfurt-1".to_owned(),
                steps: Vec::new(),
                allowance: AllowanceCheck::default(),
                image: None,
                spared: Vec::new(),
                records: Vec::new(),
                note: None,
            },
            keys: BTreeMap::new(),
            program: "/bin/true".into(),
            arguments: Vec::new(),
            folder: folder.path().to_owned(),
            saved: None,
            launches: BTreeMap::new(),
            hunted: None,
        };
        let held = files.begin(&begun).unwrap();
        assert!(files.is_alive().unwrap());
        assert_eq!(RunFiles::alive(folder.path()).unwrap(), Some(files.clone()));
        drop(held);
        assert!(!files.is_alive().unwrap());
        assert_eq!(RunFiles::alive(folder.path()).unwrap(), None);
        assert_eq!(files.begun().unwrap(), begun);
    }
}

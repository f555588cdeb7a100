//! Reading the journals of a cluster, oldest first.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::entry::{Entry, Line};
use super::past::{HuntPast, Past};
use super::{JournalError, failed};

/// Every line that earlier runs on `cluster` wrote into `folder`. A folder that does not exist holds
/// none.
pub(crate) fn lines(folder: &Path, cluster: &str) -> Result<Vec<Line>, JournalError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        of_file(&path, cluster, &mut all).map_err(failed(&path))?;
    }
    Ok(all)
}

fn of_file(path: &Path, cluster: &str, all: &mut Vec<Line>) -> io::Result<()> {
    let mut ours = false;
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        // The last line of a killed run may be torn; nothing was sent after it.
        let Ok(line) = serde_json::from_slice::<Line>(&line?) else {
            continue;
        };
        if let Entry::Started { cluster: named, .. } = &line.entry {
            ours = named == cluster;
        }
        if ours {
            all.push(line);
        }
    }
    Ok(())
}

/// What the journals in `folder` add up to.
pub(super) fn past(folder: &Path, cluster: &str) -> Result<Past, JournalError> {
    let mut past = Past::default();
    for line in lines(folder, cluster)? {
        past.fold(&line);
    }
    Ok(past)
}

/// How the launches for `cluster` stand, and whether a hunt waits to be gone on with.
pub fn hunt(folder: &Path, cluster: &str) -> Result<HuntPast, JournalError> {
    Ok(past(folder, cluster)?.hunt().clone())
}

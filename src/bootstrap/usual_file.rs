//! How long stages took in earlier runs, in `.k3scope/stage-times.json`: read when following begins,
//! added to when a cluster became healthy.
//!
//! The file is a convenience. Without it, or with nonsense in it, stages have the lengths that they
//! begin with; it never keeps anything from going on.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::config::files;
use crate::domain::bootstrap::{Stage, Usual};

/// All runs that count of all stages stay far below this, in bytes.
const MOST_BYTES: u64 = 64 << 10;

fn path(state: &Path) -> PathBuf {
    state.join("stage-times.json")
}

/// The lengths of stages in earlier runs, as the workspace's own folder `state` has them.
pub fn usual(state: &Path) -> Usual {
    let path = path(state);
    let mut text = String::new();
    let read = std::fs::File::open(&path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| (error.kind() == io::ErrorKind::NotFound, error.to_string()))
        .and_then(|_| serde_json::from_str(&text).map_err(|error| (false, error.to_string())));
    read.unwrap_or_else(|(is_missing, why)| {
        if !is_missing {
            tracing::warn!(path = %path.display(), %why, "earlier lengths of stages are passed over");
        }
        Usual::default()
    })
}

/// Adds the lengths of one run, in seconds, to those of earlier runs. Of nodes that go through the
/// same stage the slowest counts: what is usual for one of them is not slow.
pub fn learn(state: &Path, lengths: impl IntoIterator<Item = (Stage, u64)>) -> io::Result<()> {
    let mut longest: BTreeMap<Stage, u64> = BTreeMap::new();
    for (stage, seconds) in lengths {
        let known = longest.entry(stage).or_default();
        *known = seconds.max(*known);
    }
    if longest.is_empty() {
        return Ok(());
    }
    let mut usual = usual(state);
    for (stage, seconds) in longest {
        usual.learn(stage, seconds);
    }
    let text = serde_json::to_vec(&usual).map_err(io::Error::other)?;
    files::replace(&path(state), &text, files::PRIVATE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use rstest::rstest;

    #[test]
    fn what_a_run_took_is_usual_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(usual(folder.path()), Usual::default());
        learn(
            folder.path(),
            [(Stage::K3s, 12), (Stage::K3s, 41), (Stage::Nat, 0)],
        )
        .unwrap();
        let known = usual(folder.path());
        assert_eq!((known.seconds(Stage::K3s), known.runs(Stage::K3s)), (41, 1));
        learn(folder.path(), [(Stage::K3s, 60)]).unwrap();
        let known = usual(folder.path());
        assert_eq!((known.runs(Stage::K3s), known.runs(Stage::Nat)), (2, 1));
        let mode = std::fs::metadata(path(folder.path()))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_that_taught_nothing_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        learn(folder.path(), []).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[rstest]
    #[case::nonsense("{\"k3s\": \"long\"}")]
    #[case::half("{\"k3s\":[1,2")]
    #[case::unknown("{\"magic\":[1]}")]
    #[case::empty("")]
    fn nonsense_is_passed_over_and_replaced(#[case] text: &str) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), text).unwrap();
        assert_eq!(usual(folder.path()), Usual::default());
        learn(folder.path(), [(Stage::Nat, 7)]).unwrap();
        assert_eq!(usual(folder.path()).seconds(Stage::Nat), 7);
    }

    #[test]
    fn an_endless_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let runs = "1,".repeat(1 << 20);
        let text = format!("{{\"k3s\":[{runs}1]}}");
        std::fs::write(path(folder.path()), text).unwrap();
        assert_eq!(usual(folder.path()), Usual::default());
    }
}

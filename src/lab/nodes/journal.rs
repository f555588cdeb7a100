//! What the units of a machine have printed, as systemd's journal keeps it.
//!
//! It is bounded: the newest lines stay. Whoever writes says for which unit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

/// Lines that are kept.
const LINES: usize = 2_000;

/// A machine's journal; clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::lab) struct Journal {
    kept: Arc<Mutex<Kept>>,
    grown: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Entry>,
    /// How many were ever written.
    written: u64,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Entry {
    /// The unit without `.service`.
    pub(in crate::lab) unit: String,
    /// When it was printed.
    pub(in crate::lab) at: Timestamp,
    /// The line, without its end.
    pub(in crate::lab) text: String,
}

impl Journal {
    /// Writes a line of a unit (`k3s`, `k3s-agent`, …).
    pub(in crate::lab) fn write(&self, unit: &str, at: Timestamp, text: &str) {
        let mut kept = self.lock();
        kept.written += 1;
        kept.entries.push_back(Entry {
            unit: unit.to_owned(),
            at,
            text: text.to_owned(),
        });
        if kept.entries.len() > LINES {
            kept.entries.pop_front();
        }
        let written = kept.written;
        drop(kept);
        self.grown.send_replace(written);
    }

    /// Changes whenever a line is written.
    pub(in crate::lab) fn changes(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }

    /// The newest lines of these units, oldest first.
    pub(in crate::lab) fn last(&self, units: &[&str], count: usize) -> Vec<Entry> {
        let kept = self.lock();
        let own = kept
            .entries
            .iter()
            .rev()
            .filter(|entry| units.contains(&entry.unit.as_str()));
        let mut found: Vec<Entry> = own.take(count).cloned().collect();
        found.reverse();
        found
    }

    /// A place after the newest line.
    pub(super) fn end(&self) -> u64 {
        self.lock().written
    }

    /// The lines of a unit after a place, as far as they are kept, and the place to go on from.
    pub(super) fn since(&self, unit: &str, place: u64) -> (Vec<String>, u64) {
        let kept = self.lock();
        let count = usize::try_from(kept.written.saturating_sub(place)).unwrap_or(usize::MAX);
        let skipped = kept.entries.len().saturating_sub(count);
        let new = kept.entries.iter().skip(skipped);
        let own = new.filter(|entry| entry.unit == unit);
        (own.map(|entry| entry.text.clone()).collect(), kept.written)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_unit_and_by_place() {
        let (journal, now) = (Journal::default(), Timestamp::UNIX_EPOCH);
        journal.write("k3s", now, "one");
        let place = journal.end();
        journal.write("k3s-agent", now, "two");
        journal.write("k3s", now, "three");
        let texts = |entries: Vec<Entry>| -> Vec<String> {
            entries.into_iter().map(|entry| entry.text).collect()
        };
        assert_eq!(texts(journal.last(&["k3s"], 5)), ["one", "three"]);
        assert_eq!(
            texts(journal.last(&["k3s", "k3s-agent"], 2)),
            ["two", "three"]
        );
        assert_eq!(journal.since("k3s", place), (vec!["three".to_owned()], 3));
        for count in 0..LINES {
            journal.write("k3s", now, &count.to_string());
        }
        assert_eq!(journal.last(&["k3s-agent"], 5), []);
        assert_eq!(journal.since("k3s", 0).0.len(), LINES);
    }
}

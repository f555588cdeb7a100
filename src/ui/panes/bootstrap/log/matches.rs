//! Lines of a log that hold a text, by their numbers. Each line is looked at once.

use std::collections::VecDeque;

use crate::store::bootstrap::{LogEntry, NodeRun};

/// The number of the oldest line that is kept.
pub(super) fn oldest(node: &NodeRun) -> u64 {
    let kept = u64::try_from(node.log.len()).unwrap_or(u64::MAX);
    node.read.saturating_sub(kept)
}

/// The line of this number, while it is kept.
pub(super) fn entry(node: &NodeRun, number: u64) -> Option<&LogEntry> {
    let place = number.checked_sub(oldest(node))?;
    node.log.get(usize::try_from(place).ok()?)
}

/// Where `wanted` stands in `text`, whatever the case of its letters.
pub(super) fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let mut windows = text.windows(wanted.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(wanted))
}

/// The lines that hold a text.
#[derive(Debug, Default)]
pub(super) struct Matches {
    wanted: String,
    found: VecDeque<u64>,
    searched: u64,
}

impl Matches {
    /// Looks at what is new, or at everything where something else is wanted, and leaves out what
    /// does not pass. Whether something else is wanted than before.
    pub(super) fn update(
        &mut self,
        node: &NodeRun,
        wanted: &str,
        passes: impl Fn(&LogEntry) -> bool,
    ) -> bool {
        let other = self.wanted != wanted;
        if other || node.read < self.searched {
            wanted.clone_into(&mut self.wanted);
            self.forget();
        }
        let oldest = oldest(node);
        while self.found.front().is_some_and(|number| *number < oldest) {
            self.found.pop_front();
        }
        if wanted.is_empty() {
            return other;
        }
        for number in self.searched.max(oldest)..node.read {
            let holds = entry(node, number)
                .is_some_and(|entry| passes(entry) && find(&entry.text, wanted).is_some());
            if holds {
                self.found.push_back(number);
            }
        }
        self.searched = node.read;
        other
    }

    /// Looks at everything again the next time.
    pub(super) fn forget(&mut self) {
        self.found.clear();
        self.searched = 0;
    }

    /// What is wanted; empty where everything is.
    pub(super) fn wanted(&self) -> &str {
        &self.wanted
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// The number of the line at this place among those found.
    pub(super) fn get(&self, place: usize) -> Option<u64> {
        self.found.get(place).copied()
    }

    /// How many are before the line of this number.
    pub(super) fn before(&self, number: u64) -> usize {
        self.found.partition_point(|found| *found < number)
    }

    /// Which of those found this line is.
    pub(super) fn rank(&self, number: u64) -> Option<usize> {
        let place = self.before(number);
        (self.get(place) == Some(number)).then_some(place)
    }

    /// The next one found after this line, or from it on where it counts itself; from the first on
    /// again after the last.
    pub(super) fn after(&self, number: u64, itself: bool) -> Option<u64> {
        let from = if itself { number } else { number + 1 };
        let next = self.get(self.before(from));
        next.or_else(|| self.found.front().copied())
    }

    /// The one found before this line; from the last on again before the first.
    pub(super) fn previous(&self, number: u64) -> Option<u64> {
        let before = self.before(number).checked_sub(1);
        let previous = before.and_then(|place| self.get(place));
        previous.or_else(|| self.found.back().copied())
    }
}

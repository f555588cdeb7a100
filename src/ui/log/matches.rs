//! Lines of a log that hold what is looked for, by their numbers. Each line is looked at once.

use std::collections::VecDeque;

use super::{Log, Needle};

/// The number of the oldest line that is kept.
pub(super) fn oldest(log: &impl Log) -> u64 {
    let kept = u64::try_from(log.kept()).unwrap_or(u64::MAX);
    log.read().saturating_sub(kept)
}

/// The place of the line of this number among those kept, while it is.
pub(super) fn place(log: &impl Log, number: u64) -> Option<usize> {
    let place = usize::try_from(number.checked_sub(oldest(log))?).ok()?;
    (place < log.kept()).then_some(place)
}

/// The lines that hold it.
#[derive(Clone, Debug, Default)]
pub(super) struct Matches {
    wanted: Needle,
    found: VecDeque<u64>,
    searched: u64,
}

impl Matches {
    /// Looks at what is new, or at everything where something else is wanted, and leaves out what
    /// does not pass. Whether something else is wanted than before.
    pub(super) fn update(
        &mut self,
        log: &impl Log,
        wanted: &Needle,
        passes: impl Fn(&str) -> bool,
    ) -> bool {
        let other = self.wanted != *wanted;
        if other || log.read() < self.searched {
            self.wanted = wanted.clone();
            self.forget();
        }
        let oldest = oldest(log);
        while self.found.front().is_some_and(|number| *number < oldest) {
            self.found.pop_front();
        }
        if wanted.is_none() {
            return other;
        }
        for number in self.searched.max(oldest)..log.read() {
            let text = place(log, number).and_then(|place| log.text(place));
            if text.is_some_and(|text| passes(text) && wanted.passes(text)) {
                self.found.push_back(number);
            }
        }
        self.searched = log.read();
        other
    }

    /// Looks at everything again the next time.
    pub(super) fn forget(&mut self) {
        self.found.clear();
        self.searched = 0;
    }

    /// What is wanted.
    pub(super) fn wanted(&self) -> &Needle {
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

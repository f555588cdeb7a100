//! What a person has open to read: the newest lines of one log, and one object as a whole.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::proof::Seen;
use crate::domain::reading::{LogState, LogWish, PodLine, Reading, Thing, Whole};

/// Lines of a log that are kept.
pub const LINES: usize = 5_000;

/// A log that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodLog {
    number: u32,
    /// What is read.
    pub wish: LogWish,
    /// The newest lines, oldest first.
    pub lines: VecDeque<PodLine>,
    /// Lines that were read in all, those forgotten included.
    pub read: u64,
    /// Lines that came faster than they can be shown.
    pub skipped: u64,
    /// How each container's log is.
    pub states: BTreeMap<Line, LogState>,
}

/// What is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// The log.
    pub log: Option<PodLog>,
    /// The object that was asked for last.
    pub whole: Option<(Thing, Whole)>,
    /// The way to a challenge's proof that was gone last.
    pub proof: Option<(ObjectRef, Seen)>,
}

impl Open {
    pub(super) fn learn(&mut self, reading: Reading) {
        match reading {
            Reading::LogOpened { number, wish } => {
                self.log = Some(PodLog {
                    number,
                    wish,
                    ..PodLog::default()
                });
            }
            Reading::LogLines {
                number,
                lines,
                skipped,
            } => {
                if let Some(log) = self.open(number) {
                    log.add(lines, skipped);
                }
            }
            Reading::LogState {
                number,
                container,
                state,
            } => {
                if let Some(log) = self.open(number) {
                    log.states.insert(container, state);
                }
            }
            Reading::LogClosed => self.log = None,
            Reading::Whole { of, found } => self.whole = Some((of, found)),
            // Nothing of it is kept: it is said once.
            Reading::Saved { .. } => {}
            Reading::Proof { of, step } => {
                let mut seen = self.proof.take().filter(|(known, _)| *known == of);
                let (_, all) = seen.get_or_insert_with(|| (of, Seen::default()));
                all.learn(step);
                self.proof = seen;
            }
        }
    }

    /// The log of this number, unless another one is open by now.
    fn open(&mut self, number: u32) -> Option<&mut PodLog> {
        self.log.as_mut().filter(|log| log.number == number)
    }
}

impl PodLog {
    fn add(&mut self, lines: Vec<PodLine>, skipped: u64) {
        self.read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        self.skipped += skipped;
        self.lines.extend(lines);
        let over = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(number: u32, count: usize) -> Reading {
        Reading::LogLines {
            number,
            lines: vec![PodLine::default(); count],
            skipped: 1,
        }
    }

    #[test]
    fn the_newest_lines_of_the_log_that_is_open_are_kept() {
        let mut open = Open::default();
        let opened = |number| Reading::LogOpened {
            number,
            wish: LogWish::default(),
        };
        open.learn(opened(1));
        open.learn(lines(1, LINES));
        open.learn(lines(1, 7));
        let log = open.log.as_ref().unwrap();
        assert_eq!((log.lines.len(), log.read, log.skipped), (LINES, 5_007, 2));
        open.learn(opened(2));
        open.learn(lines(1, 3));
        assert_eq!(open.log.as_ref().unwrap().read, 0, "of the one before");
        open.learn(Reading::LogClosed);
        open.learn(lines(2, 3));
        assert!(open.log.is_none());
    }
}

//! Our own log, bounded.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::log_line::LogLine;
use crate::domain::problem::Problem;

/// Lines that are kept.
const LINES: usize = 2_000;
/// Problems that are kept.
const PROBLEMS: usize = 100;

/// The newest lines and problems.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    lines: VecDeque<(Timestamp, LogLine)>,
    problems: VecDeque<(Timestamp, Problem)>,
    dropped: u64,
}

impl Log {
    /// Lines, oldest first.
    pub fn lines(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(Timestamp, LogLine)> + ExactSizeIterator {
        self.lines.iter()
    }

    /// Problems, oldest first.
    pub fn problems(
        &self,
    ) -> impl DoubleEndedIterator<Item = &(Timestamp, Problem)> + ExactSizeIterator {
        self.problems.iter()
    }

    /// How many lines were dropped because newer ones came.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn add(&mut self, at: Timestamp, line: LogLine) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back((at, line));
    }

    pub(super) fn add_problem(&mut self, at: Timestamp, problem: Problem) {
        if self.problems.len() == PROBLEMS {
            self.problems.pop_front();
        }
        self.problems.push_back((at, problem));
    }
}

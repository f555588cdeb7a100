//! What is wrong with a file, said so that it can be put right: where, what is there, what was
//! expected.
//!
//! Knows nothing of keys or rules; how a problem looks to a person is decided here alone.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::report::overlap;
use crate::domain::text;

/// How much of a line an excerpt shows, in characters, and how much of that stands before the
/// place it is about.
const WIDEST_EXCERPT: usize = 100;
const BEFORE_THE_PLACE: usize = 60;

/// Words in a key that let its value be a secret, wherever it stands.
const SECRET_WORDS: &[&str] = &[
    "token",
    "tokn",
    "secret",
    "password",
    "passphrase",
    "api_key",
];

/// A place in a file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Where the lines of a text begin, for turning offsets into positions.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The position of the byte at `offset`.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line));
        let before = self.text.get(*start.unwrap_or(&0)..offset);
        Position {
            line,
            column: before.map_or(0, |before| before.chars().count()) + 1,
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Where; absent when it concerns the file as a whole.
    #[serde(flatten)]
    pub position: Option<Position>,
    /// The key's path, such as `node[1].ocpus`; empty when it is about no key.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What is there; empty when something is missing.
    pub found: String,
    /// What would be right; empty when the message says it.
    pub expected: String,
    /// The line that it stands in.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
}

/// A line of a file with the place that a problem is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    line: String,
    before: usize,
    width: usize,
}

impl Excerpt {
    /// The line in which `span` begins; a line with something in `masked` or with a key that may
    /// hold a secret is shown up to its first `=`.
    pub(super) fn of(text: &str, span: &Range<usize>, masked: &[Range<usize>]) -> Self {
        let before = text.get(..span.start).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
        let lower = line.to_lowercase();
        let column = before.get(start..).unwrap_or("").chars().count();
        let whole = start..start + line.len();
        if masked.iter().any(|masked| overlap(masked, &whole))
            || SECRET_WORDS.iter().any(|word| lower.contains(word))
        {
            return Self::hidden(line, column);
        }
        let here = text.get(span.clone()).unwrap_or("");
        let width = here.split('\n').next().unwrap_or("").chars().count();
        let skipped = column.saturating_sub(BEFORE_THE_PLACE);
        let shown: String = line.chars().skip(skipped).take(WIDEST_EXCERPT).collect();
        let before = column - skipped;
        let room = shown.chars().count().saturating_sub(before);
        Self {
            line: one_cell_each(&shown),
            before,
            width: width.min(room).max(1),
        }
    }

    fn hidden(line: &str, column: usize) -> Self {
        let key = line.split_once('=').map_or("", |(key, _)| key).trim_end();
        let key = one_cell_each(key);
        let length = key.chars().count();
        let (before, width) = if column < length {
            (column, length - column)
        } else {
            (length + 3, 3)
        };
        Self {
            line: format!("{key} = ***"),
            before,
            width,
        }
    }
}

/// Control and invisible characters replaced one by one, so that columns stay true.
fn one_cell_each(line: &str) -> String {
    line.chars()
        .map(|c| {
            let mut buffer = [0; 4];
            text::line(c.encode_utf8(&mut buffer))
                .chars()
                .next()
                .unwrap_or(' ')
        })
        .collect()
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = " ".repeat(self.before);
        let carets = "^".repeat(self.width);
        write!(f, "    {}\n    {before}{carets}", self.line)
    }
}

/// All that is wrong with one file; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Problems {
    /// Which file.
    pub file: PathBuf,
    /// What is wrong, by position.
    pub problems: Vec<Problem>,
}

impl Problems {
    /// A single problem with the file as a whole.
    pub(super) fn whole(file: &std::path::Path, message: impl AsRef<str>, expected: &str) -> Self {
        Self {
            file: file.to_owned(),
            problems: vec![Problem {
                position: None,
                key: String::new(),
                message: text::line(message.as_ref()),
                found: String::new(),
                expected: expected.to_owned(),
                excerpt: None,
            }],
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = text::line(&self.file.display().to_string());
        if self.problems.len() > 1 {
            writeln!(f, "{} problems in {file}", self.problems.len())?;
        }
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{file}")?;
            if let Some(Position { line, column }) = problem.position {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": ")?;
            if !problem.key.is_empty() {
                write!(f, "{}: ", problem.key)?;
            }
            write!(f, "{}", problem.message)?;
            if !problem.expected.is_empty() {
                write!(f, "; expected {}", problem.expected)?;
            }
            if let Some(excerpt) = &problem.excerpt {
                write!(f, "\n{excerpt}")?;
            }
        }
        Ok(())
    }
}

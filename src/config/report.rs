//! Collecting a file's problems while it is checked: keys, their places in the text, and what was
//! found wrong with them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::problem::{Excerpt, Lines, Position, Problem, Problems};
use crate::domain::text;

/// The longest piece of a file that a message repeats, in characters.
const LONGEST_FOUND: usize = 60;

/// How many problems of one file are told; a file with more is no configuration.
const MOST_PROBLEMS: usize = 1_000;

/// What is known of one file while it is checked.
pub(super) struct Report<'t> {
    text: &'t str,
    values: BTreeMap<String, Range<usize>>,
    masked: Vec<Range<usize>>,
    problems: Vec<(Option<Range<usize>>, Problem)>,
    untold: usize,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            values: BTreeMap::new(),
            masked: Vec::new(),
            problems: Vec::new(),
            untold: 0,
        }
    }

    /// Remembers where the value of `key` stands.
    pub(super) fn place(&mut self, key: &str, span: Range<usize>) {
        self.values.insert(key.to_owned(), span);
    }

    /// Whether the file has `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Every key that the file has, with the place of its value.
    pub(super) fn positions(&self) -> BTreeMap<String, Position> {
        let lines = Lines::of(self.text);
        self.values
            .iter()
            .map(|(key, span)| (key.clone(), lines.position(span.start)))
            .collect()
    }

    /// No message and no excerpt repeats what stands in `span`.
    pub(super) fn mask(&mut self, span: Range<usize>) {
        self.masked.push(span);
    }

    /// Whether something is wrong with `key` or with something in it.
    pub(super) fn touches(&self, key: &str) -> bool {
        self.problems.iter().any(|(_, problem)| {
            problem
                .key
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Whether so much is wrong that what follows is only counted.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() == MOST_PROBLEMS
    }

    /// What stands in `span`, as a message may repeat it.
    pub(super) fn found(&self, span: &Range<usize>) -> String {
        if self.masked.iter().any(|masked| overlap(masked, span)) {
            "***".to_owned()
        } else {
            shorten(self.text.get(span.clone()).unwrap_or(""))
        }
    }

    /// Something is wrong with `key` at `span`.
    pub(super) fn add(
        &mut self,
        key: &str,
        span: Range<usize>,
        message: impl AsRef<str>,
        expected: &str,
    ) {
        let found = self.found(&span);
        self.push(Some(span), key, message, found, expected);
    }

    /// A rule is broken by the value of `key`, or by its absence.
    pub(super) fn broken(&mut self, key: &str, message: impl AsRef<str>, expected: &str) {
        if let Some(span) = self.values.get(key).cloned() {
            return self.add(key, span, message, expected);
        }
        let parent = ancestors(key).find_map(|parent| self.values.get(parent).cloned());
        let span = parent.map(|span| first_line(self.text, span));
        self.push(span, key, message, String::new(), expected);
    }

    fn push(
        &mut self,
        span: Option<Range<usize>>,
        key: &str,
        message: impl AsRef<str>,
        found: String,
        expected: &str,
    ) {
        if self.is_full() {
            self.untold += 1;
            return;
        }
        let problem = Problem {
            position: None,
            key: text::line(key),
            message: text::line(message.as_ref()),
            found,
            expected: expected.to_owned(),
            excerpt: None,
        };
        self.problems.push((span, problem));
    }

    /// All that was found, by position; `None` when nothing is wrong.
    pub(super) fn finish(self, file: &Path) -> Option<Problems> {
        let Self {
            text,
            masked,
            mut problems,
            untold,
            ..
        } = self;
        let lines = Lines::of(text);
        problems.sort_by_key(|(span, _)| span.as_ref().map_or(0, |span| span.start));
        let mut problems: Vec<Problem> = problems
            .into_iter()
            .map(|(span, problem)| match span {
                Some(span) => Problem {
                    position: Some(lines.position(span.start)),
                    excerpt: Some(Excerpt::of(text, &span, &masked)),
                    ..problem
                },
                None => problem,
            })
            .collect();
        if problems.is_empty() {
            return None;
        }
        if untold > 0 {
            let more = Problems::whole(file, format!("and {untold} more problems"), "");
            problems.extend(more.problems);
        }
        Some(Problems {
            file: file.to_owned(),
            problems,
        })
    }
}

/// The paths above `key`, the nearest first: `a[0]` and `a` for `a[0].b`.
fn ancestors(key: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(key), |key| {
        key.rfind(['.', '[']).and_then(|end| key.get(..end))
    })
    .skip(1)
}

/// What of `span` stands in its first line.
fn first_line(text: &str, span: Range<usize>) -> Range<usize> {
    let length = text
        .get(span.clone())
        .and_then(|part| part.find('\n'))
        .unwrap_or(span.len());
    span.start..span.start + length
}

pub(super) fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// One harmless line of at most [`LONGEST_FOUND`] characters.
fn shorten(found: &str) -> String {
    let line = text::line(found);
    if line.chars().count() <= LONGEST_FOUND {
        return line;
    }
    let kept: String = line.chars().take(LONGEST_FOUND).collect();
    format!("{kept}…")
}

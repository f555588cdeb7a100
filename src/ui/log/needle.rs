//! What is looked for in the lines of a log.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// As large as a pattern may become, in bytes.
const LARGEST: usize = 1 << 20;

/// A text or a pattern, whatever the case of its letters.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) enum Needle {
    /// Nothing is looked for: everything passes.
    #[default]
    None,
    /// This text.
    Text(String),
    /// What this matches.
    Pattern(Regex),
}

impl Needle {
    /// Looks for `text` as it stands there.
    pub(in crate::ui) fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// Looks for what the regular expression `text` matches; while that is none, for the text itself,
    /// so that a pattern can be typed letter by letter.
    pub(in crate::ui) fn pattern(text: &str) -> Self {
        if text.is_empty() {
            return Self::None;
        }
        let built = RegexBuilder::new(text)
            .case_insensitive(true)
            .size_limit(LARGEST)
            .build();
        built.map_or_else(|_| Self::Text(text.to_owned()), Self::Pattern)
    }

    /// As it was typed.
    pub(in crate::ui) fn source(&self) -> &str {
        match self {
            Self::None => "",
            Self::Text(text) => text,
            Self::Pattern(pattern) => pattern.as_str(),
        }
    }

    /// Whether nothing is looked for.
    pub(in crate::ui) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether a line passes.
    pub(in crate::ui) fn passes(&self, line: &str) -> bool {
        match self {
            Self::None => true,
            Self::Text(text) => find(line, text).is_some(),
            Self::Pattern(pattern) => pattern.is_match(line),
        }
    }

    /// Where it stands in a line first; nothing where that would be no letter.
    pub(in crate::ui) fn place(&self, line: &str) -> Option<Range<usize>> {
        let found = match self {
            Self::None => return None,
            Self::Text(text) => find(line, text).map(|at| at..at + text.len()),
            Self::Pattern(pattern) => pattern.find(line).map(|found| found.range()),
        };
        found.filter(|range| !range.is_empty())
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        let is_pattern = |needle: &Self| matches!(needle, Self::Pattern(_));
        self.source() == other.source() && is_pattern(self) == is_pattern(other)
    }
}

/// Where `wanted` stands in `text`, whatever the case of its letters.
pub(super) fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let mut windows = text.windows(wanted.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::words("level=(warn|error)", "x LEVEL=Error y", Some(2..13))]
    #[case::unfinished("(warn", "a (WARN) b", Some(2..7))]
    #[case::no_letter("x*", "abc", None)]
    #[case::nowhere("5\\d\\d ", "200 OK", None)]
    fn a_pattern_is_found(
        #[case] pattern: &str,
        #[case] line: &str,
        #[case] found: Option<Range<usize>>,
    ) {
        assert_eq!(Needle::pattern(pattern).place(line), found);
    }

    #[test]
    fn a_text_is_no_pattern() {
        assert!(!Needle::text("a.c").passes("abc"));
        assert!(Needle::pattern("a.c").passes("abc"));
        assert_ne!(Needle::text("a"), Needle::pattern("a"));
    }
}

//! How much a line of a log matters, by what it says: a sign that needs no colour.

use super::needle::find;
use crate::theme::Role;
use crate::ui::panes::signs::{self, Sign};

/// A line as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weighed<'a> {
    /// What stands before it.
    pub(super) sign: Sign,
    /// The line, without the sign that it brought itself.
    pub(super) text: &'a str,
    /// How it looks.
    pub(super) role: Role,
}

/// What stands before a line that is like any other.
const PLAIN: Sign = (" ", Role::Muted);

/// The signs that a stage's own lines begin with.
const MARKERS: [(&str, Sign, Role); 4] = [
    ("▸ ", ("▸", Role::Accent), Role::Accent),
    ("◌ ", ("◌", Role::Busy), Role::Text),
    ("✔ ", signs::OK, Role::Ok),
    ("✖ ", signs::BAD, Role::Bad),
];

/// What K3s and its parts write before a line: `level=error`, or as klog `E1122 14:03:20…`.
fn level(text: &str) -> Option<Sign> {
    if let Some(at) = find(text, "level=") {
        let word = text.get(at + "level=".len()..)?;
        let says = |level: &str| word.starts_with(level);
        return Some(match word {
            _ if says("err") || says("fatal") || says("panic") => signs::BAD,
            _ if says("warn") => signs::WARN,
            _ => PLAIN,
        });
    }
    let mut letters = text.chars();
    let first = letters.next()?;
    let is_dated = letters
        .by_ref()
        .take(4)
        .filter(char::is_ascii_digit)
        .count()
        == 4;
    if !is_dated || letters.next() != Some(' ') {
        return None;
    }
    match first {
        'E' | 'F' => Some(signs::BAD),
        'W' => Some(signs::WARN),
        'I' => Some(PLAIN),
        _ => None,
    }
}

/// Weighs a line. What it calls itself counts more than the words in it.
pub(super) fn weigh(text: &str) -> Weighed<'_> {
    for (start, sign, role) in MARKERS {
        if let Some(text) = text.strip_prefix(start) {
            return Weighed { sign, text, role };
        }
    }
    let says = |words: &[&str]| words.iter().any(|word| find(text, word).is_some());
    let sign = level(text).unwrap_or_else(|| {
        if says(&["error", "failed", "fatal", "panic"]) {
            signs::BAD
        } else if says(&["warn"]) {
            signs::WARN
        } else {
            PLAIN
        }
    });
    let role = if sign == PLAIN { Role::Text } else { sign.1 };
    Weighed { sign, text, role }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("curl: (22) The requested URL returned error: 404", "✖")]
    #[case("FATAL: no room", "✖")]
    #[case("warning: the package cache is 41 days old", "▲")]
    #[case("time=\"…\" level=info msg=\"no error so far\"", " ")]
    #[case("time=\"…\" level=warning msg=\"Node password rejected\"", "▲")]
    #[case("time=\"…\" level=fatal msg=\"token CA hash does not match\"", "✖")]
    #[case("E1122 14:03:20.123 kubelet.go:2350] not ready", "✖")]
    #[case("I1122 14:03:20.123 error handling is on", " ")]
    #[case("E11 22", " ")]
    #[case("everything is well", " ")]
    #[case("", " ")]
    fn a_line_is_weighed_by_what_it_calls_itself(#[case] line: &str, #[case] glyph: &str) {
        let weighed = weigh(line);
        assert_eq!((weighed.sign.0, weighed.text), (glyph, line));
    }

    #[rstest]
    #[case("▸ nat", "▸", "nat")]
    #[case("◌ route: waits for 10.0.1.10", "◌", "route: waits for 10.0.1.10")]
    #[case("✔ download: no error", "✔", "download: no error")]
    #[case(
        "✖ k3s: systemctl start k3s ended with 1",
        "✖",
        "k3s: systemctl start k3s ended with 1"
    )]
    fn what_a_stage_says_brings_its_own_sign(
        #[case] line: &str,
        #[case] glyph: &str,
        #[case] text: &str,
    ) {
        let weighed = weigh(line);
        assert_eq!((weighed.sign.0, weighed.text), (glyph, text));
    }
}

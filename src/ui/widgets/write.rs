//! Text into cells: measured, cut with an ellipsis, never past its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many cells a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// What of `text` fits into `cells`; what is cut ends in `…`.
pub fn cut(text: &str, cells: usize) -> String {
    // A text that takes fewer bytes than there are cells cannot be too wide.
    if text.len() <= cells || width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > cells {
            break;
        }
        used += wide;
        kept.push(c);
    }
    if cells > 0 {
        kept.push('…');
    }
    kept
}

/// Writes one line at `x`, `y`, at most up to the right edge of `area`; returns where it ends.
pub fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return x;
    }
    let room = usize::from(area.right() - x);
    if text.len() <= room || width(text) <= room {
        buf.set_stringn(x, y, text, room, style).0
    } else {
        buf.set_stringn(x, y, cut(text, room), room, style).0
    }
}

/// Writes one line so that it ends at the right edge of `area`; returns where it begins.
pub fn put_right(buf: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) -> u16 {
    let wide = u16::try_from(width(text))
        .unwrap_or(u16::MAX)
        .min(area.width);
    let x = area.right() - wide;
    put(buf, area, x, y, text, style);
    x
}

/// Breaks a text into lines of at most `cells`, at blanks where there are any.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    wrap_from(text, cells, cells)
}

/// As [`wrap`], where the first line has `first` cells; with none, it stays empty.
pub fn wrap_from(text: &str, first: usize, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = Vec::new();
    let mut room = first;
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let wide = width(word.trim_end());
            let at_start = used == 0 && room >= cells;
            if used + wide > room && !at_start {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                (used, room) = (0, cells);
            }
            if used + wide <= room {
                line.push_str(word);
                used += width(word);
                continue;
            }
            for c in word.chars() {
                let wide = c.width().unwrap_or(0);
                if used + wide > room && used > 0 {
                    lines.push(std::mem::take(&mut line));
                    (used, room) = (0, cells);
                }
                line.push(c);
                used += wide;
            }
        }
        lines.push(line.trim_end().to_owned());
        room = cells;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("docs", 4, "docs")]
    #[case("docs-tls", 5, "docs…")]
    #[case("東京都", 5, "東京…")]
    #[case("東京都", 4, "東…")]
    #[case("docs", 0, "")]
    fn what_does_not_fit_is_cut(#[case] text: &str, #[case] cells: usize, #[case] kept: &str) {
        assert_eq!(cut(text, cells), kept);
    }

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(
            wrap("the A record is proxied", 8),
            ["the A", "record", "is", "proxied"]
        );
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may(text in "\\PC{0,60}", cells in 2_usize..20) {
            prop_assert!(width(&cut(&text, cells)) <= cells);
            for line in wrap(&text, cells) {
                prop_assert!(width(&line) <= cells, "{line:?}");
            }
        }
    }
}

//! Text from outside made harmless before it is kept.
//!
//! Names, messages and logs come from people and programs that we do not control. A terminal obeys
//! control and escape sequences, and bidirectional overrides make a line read as something else, so
//! neither gets past this point.

/// The longest one-line text that is kept, in characters.
pub const MAX_LINE: usize = 4_096;

/// One line: control characters (line breaks included) become spaces or vanish, bidirectional
/// controls and other invisible formatting vanish, and what is longer than [`MAX_LINE`] is cut.
pub fn line(text: &str) -> String {
    clean(text, MAX_LINE, false)
}

/// Several lines: as [`line()`], but line breaks stay. `limit` is in characters.
pub fn block(text: &str, limit: usize) -> String {
    clean(text, limit, true)
}

fn clean(text: &str, limit: usize, keep_breaks: bool) -> String {
    let mut kept = String::with_capacity(text.len().min(limit));
    let mut count = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let harmless = match c {
            '\u{1b}' => {
                skip_escape(&mut rest);
                continue;
            }
            '\n' if keep_breaks => '\n',
            '\n' | '\t' => ' ',
            c if c.is_control() || is_invisible(c) => continue,
            c => c,
        };
        if count == limit {
            kept.push('…');
            break;
        }
        kept.push(harmless);
        count += 1;
    }
    kept
}

/// Consumes what follows an ESC: a control sequence (CSI), a string (OSC, DCS, PM, APC, SOS) up to
/// its terminator, or one further character (ECMA-48).
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    match rest.next() {
        Some('[') => {
            rest.find(|c| ('@'..='~').contains(c));
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let mut previous = ' ';
            rest.find(|c| {
                let ends = matches!(c, '\u{7}' | '\u{9c}') || (previous == '\u{1b}' && *c == '\\');
                previous = *c;
                ends
            });
        }
        Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => {
            rest.next();
        }
        _ => {}
    }
}

/// Characters that take no cell and change how their neighbours read: bidirectional controls,
/// zero-width characters, the byte-order mark, variation selectors and tags. Combining accents
/// stay.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::colour("\u{1b}[31mred\u{1b}[0m", "red")]
    #[case::title("\u{1b}]0;owned\u{7}name", "name")]
    #[case::link("\u{1b}]8;;http://x\u{1b}\\text\u{1b}]8;;\u{1b}\\", "text")]
    #[case::charset("\u{1b}(0text", "text")]
    #[case::unfinished("text\u{1b}[31", "text")]
    #[case::c1("a\u{9b}31mb", "a31mb")]
    #[case::bidi("user\u{202e}txt.exe", "usertxt.exe")]
    #[case::breaks("one\r\ntwo\tthree", "one two three")]
    #[case::accents("café, 東京", "café, 東京")]
    fn a_line_is_harmless(#[case] given: &str, #[case] kept: &str) {
        assert_eq!(line(given), kept);
    }

    #[test]
    fn a_megabyte_is_cut_and_says_so() {
        let kept = line(&"x".repeat(1 << 20));
        assert_eq!(kept.chars().count(), MAX_LINE + 1);
        assert!(kept.ends_with('…'));
    }

    #[test]
    fn a_block_keeps_its_line_breaks() {
        assert_eq!(block("one\r\ntwo", 100), "one\ntwo");
    }
}

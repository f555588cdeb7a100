//! Bytes that come in pieces, cut into lines: bounded, whatever the other side sends.

/// The longest line that is kept, in bytes; what is beyond is dropped up to the line's end.
const LONGEST: usize = 16 * 1024;

/// Cuts a stream of bytes into lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// The lines that `bytes` completes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let room = LONGEST.saturating_sub(self.rest.len()).min(piece.len());
            self.rest.extend(piece.iter().take(room));
            if pieces.peek().is_some() {
                lines.push(shown(&std::mem::take(&mut self.rest)));
            }
        }
        lines
    }
}

/// A line as a terminal would leave it: of parts that a carriage return overwrites, the last.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches('\r');
    text.rsplit('\r').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_came_in() {
        let mut lines = Lines::default();
        assert!(lines.push(b"Booting Li").is_empty());
        assert_eq!(lines.push(b"nux\r\n\nnext"), ["Booting Linux", ""]);
        assert_eq!(lines.push(b"\n"), ["next"]);
    }

    #[test]
    fn a_progress_bar_leaves_its_last_word() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b" 10%\r 50%\r100%\r\n"), ["100%"]);
    }

    #[test]
    fn bytes_that_are_no_text_and_endless_lines_do_no_harm() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"\xff\xfeok\n"), ["\u{fffd}\u{fffd}ok"]);
        for _ in 0..1_000 {
            lines.push(&[b'x'; 4096]);
        }
        let cut = lines.push(b"\nafter\n");
        assert_eq!((cut[0].len(), cut[1].as_str()), (LONGEST, "after"));
    }
}

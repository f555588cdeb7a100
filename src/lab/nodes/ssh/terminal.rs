//! The line discipline of a terminal: what was typed becomes echoed text and whole lines.

/// A line that is being typed.
#[derive(Debug, Default)]
pub(in crate::lab) struct Terminal {
    line: Vec<u8>,
    escape: Escape,
}

/// Where in an escape sequence (an arrow key) the input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    Sequence,
}

/// What comes of typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Heard {
    /// To be shown.
    Echo(String),
    /// A whole line.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D on an empty line.
    End,
}

/// A line takes no more bytes than this.
const LONGEST: usize = 4 * 1024;
const END: u8 = 4;
const INTERRUPT: u8 = 3;
const KILL: u8 = 21;
const ESCAPE: u8 = 27;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

impl Terminal {
    /// Takes bytes off `waiting` until something comes of them.
    pub(in crate::lab) fn hear(&mut self, waiting: &mut Vec<u8>) -> Option<Heard> {
        let mut echo = Vec::new();
        let mut taken = 0;
        let mut heard = None;
        for byte in waiting.iter().copied() {
            let special = self.special(byte);
            if special.is_some() && !echo.is_empty() {
                // What was typed before is shown first.
                break;
            }
            taken += 1;
            if special.is_some() {
                heard = special;
                self.settle(byte);
                break;
            }
            self.plain(byte, &mut echo);
        }
        waiting.drain(..taken);
        let shown = || Heard::Echo(String::from_utf8_lossy(&echo).into_owned());
        heard.or_else(|| (!echo.is_empty()).then(shown))
    }

    fn special(&self, byte: u8) -> Option<Heard> {
        if self.escape != Escape::None {
            return None;
        }
        match byte {
            b'\r' | b'\n' => Some(Heard::Line(
                String::from_utf8_lossy(&self.line).into_owned(),
            )),
            INTERRUPT => Some(Heard::Interrupt),
            END if self.line.is_empty() => Some(Heard::End),
            _ => None,
        }
    }

    fn settle(&mut self, byte: u8) {
        if byte != END {
            self.line.clear();
        }
    }

    fn plain(&mut self, byte: u8, echo: &mut Vec<u8>) {
        match (self.escape, byte) {
            (Escape::None, ESCAPE) => self.escape = Escape::Begun,
            (Escape::Begun, b'[' | b'O') => self.escape = Escape::Sequence,
            (Escape::Begun, _) | (Escape::Sequence, 0x40..=0x7e) => self.escape = Escape::None,
            (Escape::None, BACKSPACE | DELETE) => self.rub_out(echo),
            (Escape::None, KILL) => {
                while !self.line.is_empty() {
                    self.rub_out(echo);
                }
            }
            (Escape::Sequence, _) | (Escape::None, 0..0x20) => {}
            (Escape::None, _) if self.line.len() < LONGEST => {
                self.line.push(byte);
                echo.push(byte);
            }
            (Escape::None, _) => {}
        }
    }

    fn rub_out(&mut self, echo: &mut Vec<u8>) {
        // All bytes of one character.
        while let Some(byte) = self.line.pop() {
            if byte & 0b1100_0000 != 0b1000_0000 {
                echo.extend_from_slice(b"\x08 \x08");
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(typed: &str) -> Vec<Heard> {
        let (mut terminal, mut waiting) = (Terminal::default(), typed.as_bytes().to_vec());
        std::iter::from_fn(|| terminal.hear(&mut waiting)).collect()
    }

    #[test]
    fn a_line_is_echoed_and_then_whole() {
        let heard = all("ls /\rid\r");
        let echo = |text: &str| Heard::Echo(text.to_owned());
        let line = |text: &str| Heard::Line(text.to_owned());
        assert_eq!(heard, [echo("ls /"), line("ls /"), echo("id"), line("id")]);
    }

    #[test]
    fn corrections_and_arrow_keys_leave_no_trace_in_the_line() {
        let heard = all("caä\u{7f}t\u{1b}[A f\u{15}ok\r");
        assert_eq!(heard.last(), Some(&Heard::Line("ok".to_owned())));
        let heard = all("caä\u{7f}t\u{1b}[A f\r");
        assert_eq!(heard.last(), Some(&Heard::Line("cat f".to_owned())));
    }

    #[test]
    fn control_keys_end_and_interrupt() {
        assert_eq!(all("\u{4}"), [Heard::End]);
        let heard = all("x\u{4}\u{3}\r");
        let expected = [
            Heard::Echo("x".to_owned()),
            Heard::Interrupt,
            Heard::Line(String::new()),
        ];
        assert_eq!(heard, expected);
    }
}

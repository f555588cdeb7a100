//! Bytes of the stream, as they come, cut into messages.
//!
//! The file may be read in the middle of a line, and a line may be longer than anything that is
//! worth keeping.

use super::message::{Message, Said};
use crate::domain::log_line::Level;

/// The longest line that is read, in bytes; of a longer one only that it came is told.
pub const LONGEST: usize = 1 << 20;

/// What of a line has come so far.
#[derive(Debug, Default)]
pub struct Messages {
    line: Vec<u8>,
    /// Whether the rest of a line is passed over.
    skips: bool,
}

impl Messages {
    /// Takes the next bytes and gives the messages that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (body, ends) = match piece.strip_suffix(b"\n") {
                Some(body) => (body, true),
                None => (piece, false),
            };
            if !self.skips && self.line.len() + body.len() > LONGEST {
                self.line.clear();
                self.skips = true;
                messages.push(too_long());
            }
            if !self.skips {
                self.line.extend_from_slice(body);
            }
            if ends {
                messages.extend(self.end());
            }
        }
        messages
    }

    /// The end of the stream: the last line may lack its break.
    pub fn end(&mut self) -> Option<Message> {
        self.skips = false;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_ascii();
        (!line.is_empty()).then(|| Message::of(line))
    }
}

fn too_long() -> Message {
    Message {
        at: None,
        level: Level::Warn,
        text: format!("a line of more than {LONGEST} bytes was left out").into(),
        said: Said::Plain,
    }
}

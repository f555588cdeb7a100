//! The clipboard, through the terminal: OSC 52, which also works over SSH.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest text that is copied, in bytes: terminals drop longer sequences without a word.
pub const LONGEST_COPY: usize = 48 << 10;

/// A text that terminals would not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than terminals take ({LONGEST_COPY})")]
pub struct TooLong(pub usize);

/// The sequence that puts `text` on the clipboard.
pub(super) fn sequence(text: &str) -> Result<String, TooLong> {
    if text.len() > LONGEST_COPY {
        return Err(TooLong(text.len()));
    }
    Ok(format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_encoded_and_bounded() {
        assert_eq!(sequence("docs\u{1b}").unwrap(), "\u{1b}]52;c;ZG9jcxs=\u{7}");
        assert_eq!(
            sequence(&"x".repeat(LONGEST_COPY + 1)),
            Err(TooLong(LONGEST_COPY + 1))
        );
    }
}

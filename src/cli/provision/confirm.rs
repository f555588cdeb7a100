//! Asking before something is made, costs money or is lost.

use std::io::{self, BufRead, IsTerminal, Write};

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Answer {
    /// The words that were asked for.
    Yes,
    /// Anything else.
    No,
    /// There is nobody to ask: input or output is no terminal.
    Nobody,
}

/// Asks `question` and expects `wanted` to be typed, letter by letter.
pub(in crate::cli) fn confirm(question: &str, wanted: &str) -> io::Result<Answer> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(Answer::Nobody);
    }
    let mut screen = io::stderr().lock();
    write!(screen, "{question} Type {wanted} to go on: ")?;
    screen.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(if typed.trim() == wanted {
        Answer::Yes
    } else {
        Answer::No
    })
}

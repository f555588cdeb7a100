//! Asking before something is made, costs money or is lost.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::Failure;

/// Asks `question` and tells whether `wanted` was typed, letter by letter. Where there is nobody to
/// ask (input or output is no terminal), the command is refused.
pub(in crate::cli) fn confirm(question: &str, wanted: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::nobody_to_ask());
    }
    ask(question, wanted).map_err(Failure::other)
}

fn ask(question: &str, wanted: &str) -> io::Result<bool> {
    let mut screen = io::stderr().lock();
    write!(screen, "{question} Type {wanted} to go on: ")?;
    screen.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(typed.trim() == wanted)
}

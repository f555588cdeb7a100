//! Asking before something is made, costs money or is lost.

use std::io::{self, BufRead, IsTerminal, Write};
use std::thread;

use tokio::sync::oneshot;

use crate::cli::Failure;

/// Whether there is somebody to ask: input and output are a terminal.
pub(in crate::cli) fn somebody_to_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks `question` and tells whether `wanted` was typed, letter by letter. Where there is nobody to
/// ask, the command is refused.
pub(in crate::cli) fn confirm(question: &str, wanted: &str) -> Result<bool, Failure> {
    if !somebody_to_ask() {
        return Err(Failure::nobody_to_ask());
    }
    let question = format!("{question} Type {wanted} to go on: ");
    ask(&question, wanted).map_err(Failure::other)
}

/// Offers something that is left out unless `wanted` is typed, letter by letter. Where there is nobody
/// to ask, it is left out.
pub(in crate::cli) fn offer(question: &str, wanted: &str) -> Result<bool, Failure> {
    if !somebody_to_ask() {
        return Ok(false);
    }
    let question = format!("{question} Type {wanted} to do so, Enter leaves it: ");
    ask(&question, wanted).map_err(Failure::other)
}

/// Asks while something goes on that must not wait for the answer: whether `wanted` was typed, letter by
/// letter, comes when it comes. Dropping it forgets the question.
pub(super) fn ask_meanwhile(
    question: String,
    wanted: &'static str,
) -> oneshot::Receiver<io::Result<bool>> {
    let (answer, answered) = oneshot::channel();
    // A thread of its own: the program may end while nobody has answered, and a task of the runtime
    // would keep it.
    thread::spawn(move || {
        if answer.send(ask(&question, wanted)).is_err() {
            tracing::debug!("nobody waits for the answer any more");
        }
    });
    answered
}

fn ask(question: &str, wanted: &str) -> io::Result<bool> {
    let mut screen = io::stderr().lock();
    write!(screen, "{question}")?;
    screen.flush()?;
    drop(screen);
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(typed.trim() == wanted)
}

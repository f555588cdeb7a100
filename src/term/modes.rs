//! The terminal's modes while another program has it, and that program's end: whatever it leaves
//! behind, the terminal is afterwards as it was when it was lent.

use std::io;

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The modes of the terminal that keys come from.
#[derive(Debug)]
pub(super) struct Modes(Termios);

impl Modes {
    /// As they are now; none where keys come from no terminal.
    pub(super) fn now() -> Option<Self> {
        tcgetattr(io::stdin()).ok().map(Self)
    }

    /// Sets them again.
    pub(super) fn put_back(&self) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0) {
            tracing::debug!(%error, "the terminal has gone away");
        }
    }
}

/// Asks a process of ours to end, so that it can leave its terminal in order.
pub fn ask_to_end(process: u32) -> io::Result<()> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(process, Signal::TERM)?)
}

//! `k3scope-bootstrap [--from STAGE | --rejoin]`: the machine plays the script, its lines are shown here too.

use tokio::sync::watch;

use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};
use crate::lab::nodes::unit::CannotRun;
use crate::lab::nodes::{Machine, SCRIPT_LOG, Script};

const USAGE: &str = "usage: k3scope-bootstrap [--from STAGE | --rejoin]\n";

/// What a call asks for.
pub(super) enum Wish<'a> {
    Run(Option<&'a str>),
    Rejoin,
}

/// Reads the arguments; none when the script would not take them.
pub(super) fn wish<'a>(arguments: &[&'a str]) -> Option<Wish<'a>> {
    match arguments {
        [] => Some(Wish::Run(None)),
        ["--from", stage] => Some(Wish::Run(Some(*stage))),
        ["--rejoin"] => Some(Wish::Rejoin),
        _ => None,
    }
}

impl Wish<'_> {
    /// Asks the machine for it.
    pub(super) fn begin(&self, machine: &Machine) -> Result<watch::Receiver<Script>, CannotRun> {
        match self {
            Self::Run(from) => machine.run_script(*from),
            Self::Rejoin => machine.rejoin(),
        }
    }
}

impl Shell {
    pub(super) async fn bootstrap(&self, arguments: &[String], io: &Io) -> Outcome {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let Some(wish) = wish(&words) else {
            io.err(USAGE).await?;
            return Ok(2);
        };
        if self.user != User::Root {
            io.err("k3scope-bootstrap: must be run as root\n").await?;
            return Ok(1);
        }
        let disk = self.machine.disk();
        let mut changes = disk.changes();
        let mut offset = disk.file(SCRIPT_LOG).map_or(0, |log| log.end());
        let mut script = match wish.begin(&self.machine) {
            Ok(script) => script,
            Err(why) => {
                io.err(format!("{why}\n")).await?;
                return Ok(why.exit_status());
            }
        };
        let off = self.machine.off();
        loop {
            let now = *script.borrow_and_update();
            while let Some(piece) = disk.read_from(SCRIPT_LOG, offset)
                && !piece.bytes.is_empty()
            {
                offset = piece.next;
                io.out(piece.bytes).await?;
            }
            match now {
                Script::Done => return Ok(0),
                Script::Failed(status) => return Ok(status),
                Script::Running => {}
                Script::Idle => return Ok(1),
            }
            tokio::select! {
                ended = script.changed() => if ended.is_err() { return Ok(1) },
                grown = changes.changed() => if grown.is_err() { return Ok(1) },
                () = off.cancelled() => return Ok(1),
            }
        }
    }
}

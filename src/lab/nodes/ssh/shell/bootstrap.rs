//! `k3scope-bootstrap [--from STAGE]`: the machine plays the script, its lines are shown here too.

use super::io::Io;
use super::run::Outcome;
use super::{Shell, User};
use crate::lab::nodes::{SCRIPT_LOG, Script};

const USAGE: &str = "usage: k3scope-bootstrap [--from STAGE]\n";

impl Shell {
    pub(super) async fn bootstrap(&self, arguments: &[String], io: &Io) -> Outcome {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let from = match words.as_slice() {
            [] => None,
            ["--from", stage] => Some(*stage),
            [joined] if joined.starts_with("--from=") => joined.split_once('=').map(|(_, it)| it),
            _ => {
                io.err(USAGE).await?;
                return Ok(2);
            }
        };
        if self.user != User::Root {
            io.err("k3scope-bootstrap: must be run as root\n").await?;
            return Ok(1);
        }
        let disk = self.machine.disk();
        let mut changes = disk.changes();
        let mut offset = disk.file(SCRIPT_LOG).map_or(0, |log| log.end());
        let mut script = match self.machine.run_script(from) {
            Ok(script) => script,
            Err(why) => {
                io.err(format!("{why}\n")).await?;
                return Ok(why.exit_status());
            }
        };
        let off = self.machine.off();
        loop {
            let now = *script.borrow_and_update();
            if let Some((bytes, end)) = disk.read_from(SCRIPT_LOG, offset) {
                offset = end;
                io.out(bytes).await?;
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

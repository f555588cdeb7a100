//! The process that outlives k3scope: it waits for Terraform and writes down how it ended.
//!
//! Terraform dies with a half-written state where the reader of its output is gone; so its output is a
//! file, and its parent this small process in a group of its own, which neither a closed terminal nor
//! the end of k3scope ends. However often it is interrupted, Terraform is asked once to stop in good
//! order: twice makes it leave at once and lose what it was making. That takes [`FORCE`], which only a
//! person's choice sends.

use std::io;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::kept::{Begun, KILLED, Kept, RunFiles};

/// Asks for the second interrupt.
pub(super) const FORCE: Signal = Signal::USR1;

/// Runs what `record` says, with standard output and standard error as they were given, until it ends.
pub async fn keep(record: &Path) -> io::Result<()> {
    let files = RunFiles::of_record(record)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no run's record"))?;
    let begun = files.begun()?;
    // Taken before anything runs: what comes from now on is passed on.
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut hangups = signal(SignalKind::hangup())?;
    let mut forces = signal(SignalKind::from_raw(FORCE.as_raw()))?;
    let mut kept = Kept {
        keeper: std::process::id(),
        status: None,
    };
    files.keep(&kept)?;
    let ended = async {
        let mut child = start(&begun)?;
        let mut passed_on = 0;
        loop {
            let most = tokio::select! {
                biased;
                status = child.wait() => return status,
                _ = interrupts.recv() => 1,
                _ = terminations.recv() => 1,
                _ = forces.recv() => 2,
                _ = hangups.recv() => 0,
            };
            if passed_on < most {
                passed_on += 1;
                interrupt(&child);
            }
        }
    };
    let ended: io::Result<_> = ended.await;
    begun.forget_saved()?;
    kept.status = Some(ended?.code().unwrap_or(KILLED));
    files.keep(&kept)
}

fn start(begun: &Begun) -> io::Result<Child> {
    Command::new(&begun.program)
        .args(&begun.arguments)
        .current_dir(&begun.folder)
        .stdin(Stdio::null())
        .spawn()
}

/// Asks the program to stop. That it has ended meanwhile is no failure.
fn interrupt(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // It has ended: the wait tells.
        let _ = kill_process(pid, Signal::INT);
    }
}

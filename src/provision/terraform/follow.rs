//! Following a run by its files: whoever began it, and whether it goes on or has ended.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::keeper::FORCE;
use super::kept::RunFiles;
use crate::clock::Clock;

/// How long between two looks at a file that has not grown.
const LOOK: Duration = Duration::from_millis(200);
/// The most that is read at once, in bytes.
const MOST: usize = 64 * 1024;

/// A run that is followed from its first line.
#[derive(Debug)]
pub(super) struct Followed {
    files: RunFiles,
    stream: File,
    clock: Clock,
    over: bool,
}

impl Followed {
    /// Begins at the first line.
    pub(super) fn open(files: RunFiles, clock: Clock) -> io::Result<Self> {
        Ok(Self {
            stream: File::open(files.stream())?,
            files,
            clock,
            over: false,
        })
    }

    /// What was printed since; nothing once it has ended. Can be abandoned and called again.
    pub(super) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            // Asked before reading: what is printed before the end is read after it.
            let alive = self.files.is_alive()?;
            let mut bytes = vec![0; MOST];
            let read = self.stream.read(&mut bytes)?;
            if read > 0 {
                bytes.truncate(read);
                return Ok(Some(bytes));
            }
            if !alive {
                self.over = true;
                return Ok(None);
            }
            self.clock
                .sleep(self.clock.at_pace(LOOK).max(LOOK / 10))
                .await;
        }
    }

    /// The exit status; nothing where its keeper was killed before it could say.
    pub(super) fn status(&self) -> io::Result<Option<i32>> {
        Ok(self.files.kept()?.status)
    }

    /// Asks the program to stop in good order; once is as good as often. Nothing where it has ended.
    pub(super) fn interrupt(&self) -> io::Result<()> {
        self.send(Signal::INT)
    }

    /// Makes a program that is stopping leave at once. Nothing where it has ended.
    pub(super) fn force(&self) -> io::Result<()> {
        self.send(FORCE)
    }

    /// Sends a signal to who keeps the run.
    fn send(&self, signal: Signal) -> io::Result<()> {
        if self.over || !self.files.is_alive()? {
            return Ok(());
        }
        let keeper = i32::try_from(self.files.kept()?.keeper).ok();
        let Some(keeper) = keeper.and_then(Pid::from_raw) else {
            return Ok(());
        };
        Ok(kill_process(keeper, signal)?)
    }
}

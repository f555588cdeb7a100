//! Signals that ask a command to end.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, SIGTERM and SIGHUP.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Somebody with Ctrl-C, who can be asked back.
    Person,
    /// The system, or the terminal that goes away.
    System,
}

impl Stop {
    /// From now on these signals are told here instead of ending the process.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next of them.
    pub(super) async fn received(&mut self) {
        self.next().await;
    }

    /// Waits for the next of them, and tells who sent it.
    pub(super) async fn next(&mut self) -> Asks {
        tokio::select! {
            _ = self.interrupt.recv() => Asks::Person,
            _ = self.terminate.recv() => Asks::System,
            _ = self.hangup.recv() => Asks::System,
        }
    }
}

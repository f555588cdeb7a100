//! Giving the terminal to another program and taking it back. Meanwhile events are folded as they
//! come, nothing is drawn, and keys are not ours.

use std::future::pending;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Child;

use super::App;
use crate::app::guest::Guest;
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::term::{Screen, ask_to_end};
use crate::ui::panes::signs;

/// How long a program may take to leave the terminal when the session ends.
const LEAVES_WITHIN: Duration = Duration::from_secs(3);

/// Who has the terminal.
#[derive(Debug)]
pub(super) struct Lent {
    child: Child,
    node: Line,
}

impl Lent {
    /// Comes when whoever has the terminal has ended; never while nobody has.
    pub(super) async fn ended(lent: &mut Option<Self>) -> io::Result<ExitStatus> {
        match lent {
            Some(lent) => lent.child.wait().await,
            None => pending().await,
        }
    }
}

impl<S: Screen> App<S> {
    /// Gives the terminal to `guest`. Only one has it at a time.
    pub(super) fn lend(&mut self, guest: &Guest) -> io::Result<()> {
        if self.lent.is_some() {
            return Ok(());
        }
        let node = guest.node().clone();
        self.session.inputs.let_go();
        self.screen
            .lend(&format!("A shell on {node}; `exit` leads back to k3scope."))?;
        match guest.start() {
            Ok(child) => {
                self.lent = Some(Lent { child, node });
                Ok(())
            }
            Err(error) => {
                self.take_back()?;
                let text = format!("no shell on {node}: {error}");
                self.cockpit.say(signs::BAD, text, self.now());
                Ok(())
            }
        }
    }

    /// Whoever had the terminal has ended.
    pub(super) fn returned(&mut self, ended: io::Result<ExitStatus>) -> io::Result<()> {
        let Some(lent) = self.lent.take() else {
            return Ok(());
        };
        self.take_back()?;
        let node = lent.node;
        let (sign, text) = match ended {
            Ok(status) if status.success() => (signs::OK, format!("back from {node}")),
            Ok(status) => match status.code() {
                Some(code) => (
                    signs::WARN,
                    format!("the shell on {node} ended with exit status {code}"),
                ),
                None => (
                    signs::WARN,
                    format!("the shell on {node} was ended: {status}"),
                ),
            },
            Err(error) => (signs::BAD, format!("the shell on {node}: {error}")),
        };
        self.cockpit.say(sign, text, self.now());
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.screen.take_back()?;
        self.session.inputs.take_up();
        self.dirty = true;
        Ok(())
    }

    /// The session ends: whoever has the terminal is asked to leave it in order.
    pub(super) async fn recall(&mut self) {
        let Some(mut lent) = self.lent.take() else {
            return;
        };
        if let Some(process) = lent.child.id()
            && let Err(error) = ask_to_end(process)
        {
            tracing::debug!(%error, "the shell had ended already");
        }
        let leaving = lent.child.wait();
        if Clock::default()
            .timeout(LEAVES_WITHIN, leaving)
            .await
            .is_err()
            && let Err(error) = lent.child.kill().await
        {
            tracing::debug!(%error, "the shell had ended already");
        }
    }
}

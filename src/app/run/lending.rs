//! Giving the terminal to somebody else and taking it back. Meanwhile events are folded as they come,
//! nothing is drawn, and keys are not ours.

use std::future::pending;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::App;
use super::wired::wired;
use crate::app::guest::{Guest, Opened, Program};
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::kube::exec::ExecError;
use crate::term::{Screen, ask_to_end};
use crate::ui::panes::signs::{self, Sign};

/// How long a program may take to leave the terminal when the session ends.
const LEAVES_WITHIN: Duration = Duration::from_secs(3);

/// Who has the terminal.
#[derive(Debug)]
pub(super) enum Lent {
    /// A program, which is a shell on this node.
    Program(Child, Line),
    /// A shell in a container, and who is told how it ends.
    Shell(
        JoinHandle<Result<u8, ExecError>>,
        oneshot::Sender<Result<u8, ExecError>>,
    ),
}

/// How whoever had the terminal ended.
#[derive(Debug)]
pub(super) enum Ended {
    Program(io::Result<ExitStatus>),
    Shell(Result<u8, ExecError>),
}

impl Lent {
    /// Comes when whoever has the terminal has ended; never while nobody has.
    pub(super) async fn ended(lent: &mut Option<Self>) -> Ended {
        match lent {
            Some(Self::Program(child, _)) => Ended::Program(child.wait().await),
            Some(Self::Shell(task, _)) => Ended::Shell(task.await.unwrap_or_else(|error| {
                tracing::error!(%error, "what leads a shell broke down");
                Err(ExecError::Broken("it broke down, see the log".into()))
            })),
            None => pending().await,
        }
    }
}

impl<S: Screen> App<S> {
    /// Gives the terminal to `guest`. Only one has it at a time.
    pub(super) fn lend(&mut self, guest: Guest) -> io::Result<()> {
        if self.lent.is_some() {
            return Ok(());
        }
        self.session.inputs.let_go();
        match guest {
            Guest::Program(program) => self.lend_to_program(&program),
            Guest::Shell(Opened { shell, place, told }) => {
                self.screen.lend(&format!(
                    "A shell in {place}; `exit` leads back to k3scope, and three times Ctrl-] out of \
                     one that hangs."
                ))?;
                self.lent = Some(Lent::Shell(tokio::spawn(wired(shell)), told));
                Ok(())
            }
        }
    }

    fn lend_to_program(&mut self, program: &Program) -> io::Result<()> {
        let node = program.node().clone();
        self.screen
            .lend(&format!("A shell on {node}; `exit` leads back to k3scope."))?;
        match program.start() {
            Ok(child) => self.lent = Some(Lent::Program(child, node)),
            Err(error) => {
                self.take_back()?;
                let text = format!("no shell on {node}: {error}");
                self.cockpit.say(signs::BAD, text, self.now());
            }
        }
        Ok(())
    }

    /// Whoever had the terminal has ended.
    pub(super) fn returned(&mut self, ended: Ended) -> io::Result<()> {
        let Some(lent) = self.lent.take() else {
            return Ok(());
        };
        self.take_back()?;
        match (lent, ended) {
            (Lent::Program(_, node), Ended::Program(ended)) => {
                let (sign, text) = left(&node, ended);
                self.cockpit.say(sign, text, self.now());
            }
            // Whoever asked for it tells how it went.
            (Lent::Shell(_, told), Ended::Shell(ended)) => {
                if told.send(ended).is_err() {
                    tracing::debug!("nobody waits for the end of the shell");
                }
            }
            (Lent::Program(..), Ended::Shell(_)) | (Lent::Shell(..), Ended::Program(_)) => {}
        }
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
        match self.lent.take() {
            Some(Lent::Program(child, _)) => end(child).await,
            Some(Lent::Shell(task, _)) => {
                task.abort();
                // It gives the terminal back as it goes.
                let _ = task.await;
            }
            None => {}
        }
    }
}

/// What is said of a program that has ended.
fn left(node: &Line, ended: io::Result<ExitStatus>) -> (Sign, String) {
    match ended {
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
    }
}

async fn end(mut child: Child) {
    if let Some(process) = child.id()
        && let Err(error) = ask_to_end(process)
    {
        tracing::debug!(%error, "the shell had ended already");
    }
    let leaving = child.wait();
    if Clock::default()
        .timeout(LEAVES_WITHIN, leaving)
        .await
        .is_err()
        && let Err(error) = child.kill().await
    {
        tracing::debug!(%error, "the shell had ended already");
    }
}

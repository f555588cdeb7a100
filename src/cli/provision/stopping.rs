//! What an interrupt means to a run: the first asks it to stop, what a further one does to a run of
//! Terraform is asked where there is somebody to answer. Knows the run by what was told of it.

use std::fmt::Write;
use std::io;

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::confirm::{ask_meanwhile, somebody_to_ask};
use super::progress::Progress;
use crate::cli::signals::Asks;
use crate::domain::plan::{Operation, ResourceKey};
use crate::domain::provision::Lacking;
use crate::provision::Engine;
use crate::store::run::Run;
use crate::ui::moment::lasted;

/// What must be typed to end Terraform at once.
const FORCE: &str = "force";

/// How far a run has been asked to stop.
pub(super) struct Stopping {
    stop: CancellationToken,
    /// Ends a run of Terraform at once.
    force: Option<CancellationToken>,
    question: Option<oneshot::Receiver<io::Result<bool>>>,
}

/// What the command does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It waits for the run.
    Wait,
    /// It ends; what the run does is the run's.
    Leave,
}

impl Stopping {
    pub(super) fn of(engine: &Engine) -> Self {
        let terraform = engine.terraform.as_ref();
        Self {
            stop: CancellationToken::new(),
            force: terraform.map(|terraform| terraform.force.clone()),
            question: None,
        }
    }

    /// Cancelled once the run is to stop.
    pub(super) fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Whether it was chosen to end the run at once.
    pub(super) fn is_forced(&self) -> bool {
        self.force
            .as_ref()
            .is_some_and(CancellationToken::is_cancelled)
    }

    /// Takes a signal.
    pub(super) fn signalled(
        &mut self,
        asks: Asks,
        progress: &mut Progress,
        (run, now): (Option<&Run>, Timestamp),
    ) -> Then {
        let can_ask = self.force.is_some() && asks == Asks::Person && somebody_to_ask();
        if !self.stop.is_cancelled() {
            self.stop.cancel();
            progress.say(&first(self.force.is_some(), can_ask));
            return Then::Wait;
        }
        let Some(run) = run.filter(|_| can_ask && self.question.is_none() && !self.is_forced())
        else {
            return Then::Leave;
        };
        progress.pause();
        self.question = Some(ask_meanwhile(question(run, now), FORCE));
        Then::Wait
    }

    /// Waits for the answer to the question that stands; for ever where none does. Can be abandoned
    /// and called again.
    pub(super) async fn answered(&mut self, progress: &mut Progress) -> Then {
        let Some(question) = &mut self.question else {
            return std::future::pending().await;
        };
        let typed = matches!(question.await, Ok(Ok(true)));
        self.question = None;
        progress.resume();
        let Some(force) = self.force.as_ref().filter(|_| typed) else {
            progress.say("Terraform goes on to its end by itself; the same command follows it");
            return Then::Leave;
        };
        force.cancel();
        Then::Wait
    }

    /// The run is over: a question that stands is none any more.
    pub(super) fn over(&mut self, progress: &mut Progress) {
        if self.question.take().is_some() {
            progress.resume();
            progress.say("\nthe run has ended meanwhile");
        }
    }
}

/// What is said where somebody asks a run to stop.
fn first(by_terraform: bool, can_ask: bool) -> String {
    let (what, then) = match (by_terraform, can_ask) {
        (true, true) => (
            "Terraform stops once what is under way has ended",
            "asks what is to be done about that",
        ),
        (true, false) => (
            "Terraform stops once what is under way has ended",
            "leaves it to do so by itself",
        ),
        (false, _) => ("stopping after the requests under way", "leaves at once"),
    };
    format!("{what}; once more {then}")
}

/// What a run that is stopping waits for.
pub(super) fn waits_for(run: &Run, now: Timestamp) -> String {
    let names: Vec<String> = (run.under_way())
        .map(|(step, since)| format!("{} ({})", step.name, lasted(now.duration_since(since))))
        .collect();
    if names.is_empty() {
        return "stopping: nothing is under way any more".to_owned();
    }
    format!("stopping: waiting for {}", names.join(", "))
}

/// The choice between waiting elsewhere and leaving something behind.
fn question(run: &Run, now: Timestamp) -> String {
    let mut text = "\nTerraform is stopping in good order. It waits for:\n".to_owned();
    for (step, since) in run.under_way() {
        let length = lasted(now.duration_since(since));
        // A text takes every text.
        let _ = writeln!(text, "  {} {}  {length}", step.kind, step.name);
    }
    text.push_str(match run.plan.operation {
        Operation::Apply => {
            "Forced, it leaves at once: each of these may come to exist in the cloud without its \
             state knowing, costs what it costs, and keeps the next apply from going on until \
             `k3scope render --import` has taken it over.\n"
        }
        Operation::Destroy => {
            "Forced, it leaves at once: each of these may be gone or may stay, and its state says \
             what was before. The next destroy looks at all of them again.\n"
        }
    });
    text.push_str(
        "Enter leaves: k3scope ends, Terraform goes on to its end, and the same command follows it.\n\
         Type force to end Terraform now: ",
    );
    text
}

/// What was left where it was.
pub(super) fn forced(run: &Run, left: &[ResourceKey]) -> String {
    let names: Vec<&str> = left.iter().map(|key| run.name(key)).collect();
    match names.as_slice() {
        [] => "▲ forced: nothing was under way".to_owned(),
        names => format!("▲ forced: {} left as it was", names.join(", ")),
    }
}

/// What is there and not in the state, and how it comes into it.
pub(super) fn lacking(run: &Run, resources: &[Lacking]) -> String {
    if resources.is_empty() {
        return "the state knows all that bears the cluster's tags by now; what was asked for last may \
                still come: `k3scope plan` looks again"
            .to_owned();
    }
    let mut text =
        "▲ this bears the cluster's tags, and Terraform's state does not know it:\n".to_owned();
    for resource in resources {
        // A text takes every text.
        let _ = writeln!(text, "  {}  {}", run.name(&resource.key), resource.id);
    }
    text.push_str(
        "  ▸ `k3scope render --import` writes what takes it over into tf-k3s/; then `k3scope apply` \
         goes on",
    );
    text
}

//! Carries a plan out from the command line: events to the screen or to standard output, signals to
//! a stop that leaves everything resumable.

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::Recorder;
use crate::app::begin::Begun;
use crate::app::cloud::Cloud;
use crate::app::notify::{Herald, words};
use crate::cli::{Exit, Failure, output, signals};
use crate::config::pin::PinError;
use crate::domain::event::{Event, What};
use crate::domain::hunt::Unattended;
use crate::domain::plan::Operation;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::domain::text;
use crate::provision::Planned;
use crate::store::{Store, fold};

use super::progress::Progress;

/// Events that may wait for a slow reader before the run waits for it.
const QUEUE: usize = 256;

/// How a run is told.
pub(in crate::cli) struct Given {
    /// Every event as a line of JSON on standard output.
    pub(in crate::cli) json: bool,
    /// Where events are written down.
    pub(in crate::cli) recorder: Option<Recorder>,
    /// Who tells the operator's command.
    pub(in crate::cli) herald: Herald,
    /// Whether what costs money was allowed: to say how to go on.
    pub(in crate::cli) allow_paid: bool,
}

/// Runs `plan`.
pub(in crate::cli) async fn carry_out(
    cloud: &Cloud,
    planned: Planned,
    given: Given,
) -> Result<Exit, Failure> {
    let opening = cloud.opening(&planned.plan)?;
    if let Some(said) = opening.says() {
        output::error_text(&format!("{said}\n"))?;
    }
    let Begun {
        engine,
        journal,
        lock: _lock,
    } = opening.begin(None).await?;
    if let Some(image) = cloud.pin_image(&planned.plan)? {
        output::error_text(&format!("pinned in cluster.toml: image {image}\n"))?;
    }
    let by_terraform = engine.terraform.is_some();
    let (sender, mut events) = mpsc::channel(QUEUE);
    let stop = CancellationToken::new();
    let unattended = Unattended {
        config: text::line(&cloud.file().display().to_string()),
        left: None,
        allow_paid: given.allow_paid,
    };
    let operation = planned.plan.operation;
    let work = engine.execute(planned, journal, sender, stop.clone());
    let mut signals = signals::Stop::listen().map_err(Failure::other)?;
    let mut shown = Shown::new(given);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            Some(event) = events.recv() => shown.event(&event)?,
            () = signals.received() => {
                if stop.is_cancelled() {
                    return Ok(Exit::Interrupted);
                }
                stop.cancel();
                shown.progress.say(&stopping(by_terraform));
            }
            outcome = &mut work => break outcome,
        }
    };
    while let Ok(event) = events.try_recv() {
        shown.event(&event)?;
    }
    shown.herald_is_heard(&mut signals).await;
    Ok(match outcome {
        Outcome::Done => Exit::Well,
        Outcome::Failed => Exit::Failed,
        Outcome::Interrupted => {
            if operation == Operation::Apply {
                shown.progress.say(&goes_on(&unattended, shown.until()));
            }
            Exit::Interrupted
        }
    })
}

/// What is said where somebody asks a run to stop.
fn stopping(by_terraform: bool) -> String {
    let (what, then) = if by_terraform {
        (
            "Terraform stops once what is under way has ended",
            "leaves it to do so by itself",
        )
    } else {
        ("stopping after the requests under way", "leaves at once")
    };
    format!("{what}; once more {then}")
}

/// How an apply that was stopped goes on, and how without a person where it hunted.
fn goes_on(unattended: &Unattended, hunted_until: Option<Timestamp>) -> String {
    let said = "the same command goes on from here";
    match hunted_until {
        None => said.to_owned(),
        Some(until) => format!(
            "{said}, with the hunt until {}; to keep it running unattended:\n  nohup {unattended} \
             >k3scope.log 2>&1 &",
            until.strftime("%F %H:%M UTC")
        ),
    }
}

struct Shown {
    given: Given,
    store: Store,
    progress: Progress,
}

impl Shown {
    fn new(given: Given) -> Self {
        Self {
            given,
            store: Store::default(),
            progress: Progress::begin(),
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if self.given.json {
            output::json_line(event)?;
        }
        if let Some(recorder) = &mut self.given.recorder {
            recorder.add(event).map_err(Failure::other)?;
        }
        fold(&mut self.store, event.clone());
        if let What::Problem(problem) = &event.what {
            self.progress
                .say(&format!("✖ {}", output::problem(problem)));
        }
        let (What::Provision(what), Some(run)) = (&event.what, &self.store.run) else {
            return Ok(());
        };
        if let Some(words) = words(what, run) {
            self.progress.call(&words);
            self.given.herald.tell(&words, event);
        }
        match (what, what.key()) {
            (ProvisionEvent::Hunt(hunt), _) => self.progress.hunt(run, hunt, event.at),
            (_, Some(key)) => self.progress.show(run, key),
            (_, None) => self.progress.finish(run),
        }
        Ok(())
    }

    /// When the hunt would have been given up, where there was one.
    fn until(&self) -> Option<Timestamp> {
        self.store.run.as_ref()?.hunt.as_ref()?.until
    }

    /// Waits for the operator's command, unless somebody asks to leave.
    async fn herald_is_heard(&self, signals: &mut signals::Stop) {
        tokio::select! {
            () = self.given.herald.heard() => {}
            () = signals.received() => {}
        }
    }
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        Self::configuration(error)
    }
}

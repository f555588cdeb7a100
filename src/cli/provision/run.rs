//! Carries a plan out from the command line: events to the screen or to standard output, signals to
//! a stop that leaves everything resumable.

use jiff::Timestamp;
use tokio::sync::mpsc;

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
use super::stopping::{Stopping, Then, forced, lacking, waits_for};

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
    let (sender, mut events) = mpsc::channel(QUEUE);
    let mut stopping = Stopping::of(&engine);
    let unattended = Unattended {
        config: text::line(&cloud.file().display().to_string()),
        left: None,
        allow_paid: given.allow_paid,
    };
    let (operation, clock) = (planned.plan.operation, engine.direct.clock);
    let work = engine.execute(planned, journal, sender, stopping.token());
    let mut signals = signals::Stop::listen().map_err(Failure::other)?;
    let mut shown = Shown::new(given, engine.terraform.is_some());
    tokio::pin!(work);
    let outcome = loop {
        let then = tokio::select! {
            Some(event) = events.recv() => {
                shown.event(&event)?;
                Then::Wait
            }
            asks = signals.next() => {
                let run = (shown.store.run.as_ref(), clock.now());
                stopping.signalled(asks, &mut shown.progress, run)
            }
            then = stopping.answered(&mut shown.progress) => then,
            outcome = &mut work => break outcome,
        };
        if then == Then::Leave {
            return Ok(Exit::Interrupted);
        }
    };
    stopping.over(&mut shown.progress);
    while let Ok(event) = events.try_recv() {
        shown.event(&event)?;
    }
    if stopping.is_forced() && operation == Operation::Apply {
        tokio::select! {
            left = engine.left_behind() => shown.event(&left)?,
            () = signals.received() => return Ok(Exit::Interrupted),
        }
    }
    shown.herald_is_heard(&mut signals).await;
    Ok(match outcome {
        Outcome::Done => Exit::Well,
        Outcome::Failed => Exit::Failed,
        Outcome::Interrupted => {
            if operation == Operation::Apply && !shown.lacks() {
                shown.progress.say(&goes_on(&unattended, shown.until()));
            }
            Exit::Interrupted
        }
    })
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
    fn new(given: Given, by_terraform: bool) -> Self {
        Self {
            given,
            store: Store::default(),
            progress: Progress::begin(by_terraform),
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
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is about a step")]
        match what {
            ProvisionEvent::Hunt(hunt) => self.progress.hunt(run, hunt, event.at),
            ProvisionEvent::Stopping { .. } => self.progress.say(&waits_for(run, event.at)),
            ProvisionEvent::Forced { left } => self.progress.say(&forced(run, left)),
            ProvisionEvent::StateLacks { resources } => {
                self.progress.say(&lacking(run, resources));
            }
            ProvisionEvent::Finished { .. } => self.progress.finish(run),
            what => {
                if let Some(key) = what.key() {
                    self.progress.show(run, key);
                }
            }
        }
        Ok(())
    }

    /// Whether something is there that the state does not know.
    fn lacks(&self) -> bool {
        let run = self.store.run.as_ref();
        let lacking = run.and_then(|run| run.lacking.as_ref());
        lacking.is_some_and(|lacking| !lacking.is_empty())
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

//! Carries a plan out from the command line: events to the screen or to standard output, signals to
//! a stop that leaves everything resumable.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::Recorder;
use crate::app::cloud::{Begun, Cloud};
use crate::cli::{Exit, Failure, output, signals};
use crate::domain::event::{Event, What};
use crate::domain::plan::Plan;
use crate::domain::provision::Outcome;
use crate::provision::direct::Survey;
use crate::store::{Store, fold};

use super::progress::Progress;

/// Events that may wait for a slow reader before the run waits for it.
const QUEUE: usize = 256;

/// Runs `plan`; with `json` every event is a line on standard output.
pub(in crate::cli) async fn carry_out(
    cloud: &Cloud,
    (plan, survey): (Plan, Survey),
    json: bool,
    recorder: Option<Recorder>,
) -> Result<Exit, Failure> {
    let Begun {
        engine,
        journal,
        lock: _lock,
    } = cloud.begin(plan.operation)?;
    let (sender, mut events) = mpsc::channel(QUEUE);
    let stop = CancellationToken::new();
    let work = engine.execute((plan, survey), journal, sender, stop.clone());
    let mut signals = signals::Stop::listen().map_err(Failure::other)?;
    let mut shown = Shown::new(json, recorder);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            Some(event) = events.recv() => shown.event(event)?,
            () = signals.received() => {
                if stop.is_cancelled() {
                    return Ok(Exit::Interrupted);
                }
                stop.cancel();
                shown.progress.say("stopping after the requests under way; once more leaves at once");
            }
            outcome = &mut work => break outcome,
        }
    };
    while let Ok(event) = events.try_recv() {
        shown.event(event)?;
    }
    Ok(match outcome {
        Outcome::Done => Exit::Well,
        Outcome::Failed => Exit::Failed,
        Outcome::Interrupted => Exit::Interrupted,
    })
}

struct Shown {
    json: bool,
    recorder: Option<Recorder>,
    store: Store,
    progress: Progress,
}

impl Shown {
    fn new(json: bool, recorder: Option<Recorder>) -> Self {
        Self {
            json,
            recorder,
            store: Store::default(),
            progress: Progress::begin(),
        }
    }

    fn event(&mut self, event: Event) -> Result<(), Failure> {
        if self.json {
            output::json_line(&event)?;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.add(&event).map_err(Failure::other)?;
        }
        let What::Provision(what) = &event.what else {
            return Ok(());
        };
        let key = what.key().cloned();
        fold(&mut self.store, event);
        let Some(run) = &self.store.run else {
            return Ok(());
        };
        match key {
            Some(key) => self.progress.show(run, &key),
            None => self.progress.finish(run),
        }
        Ok(())
    }
}

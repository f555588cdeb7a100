//! A run of `apply` or `destroy`, step by step.

use jiff::Timestamp;

use crate::domain::critical_path::{Ahead, CriticalPath, critical_path};
use crate::domain::plan::{Counts, Plan, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Lacking, Outcome, ProvisionEvent};

use super::hunt::{self, Hunt};

/// How far one step is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Progress {
    /// Not begun.
    #[default]
    Waiting,
    /// Its first request is out.
    Started,
    /// It exists and is on its way; the lifecycle state that OCI told last.
    Settling(String),
    /// It was refused for now.
    Retrying {
        /// What was answered.
        reason: String,
        /// When it is asked again.
        at: Timestamp,
    },
    /// As it should be.
    Finished,
    /// It could not be done.
    Failed(Problem),
}

/// One step of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepRun {
    /// How far it is.
    pub progress: Progress,
    /// When its first request was sent.
    pub started: Option<Timestamp>,
    /// When it ended, either way.
    pub ended: Option<Timestamp>,
    /// Its OCID, once it has one.
    pub ocid: Option<String>,
}

/// How a run is being stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What is under way comes to its end.
    Asked {
        /// Whether it could be ended at once.
        can_force: bool,
    },
    /// What was under way was left where it was.
    Forced {
        /// That is these.
        left: Vec<ResourceKey>,
    },
}

/// The run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Names the run and its journal.
    pub name: String,
    /// What it does.
    pub plan: Plan,
    /// When it began.
    pub started: Timestamp,
    /// How far each step of the plan is, in the plan's order.
    pub steps: Vec<StepRun>,
    /// The hunt for capacity, where a launch was refused for want of it.
    pub hunt: Option<Hunt>,
    /// How it is being stopped, where somebody asked for that.
    pub stop: Option<Stop>,
    /// What is there and not in the state, as far as that was looked for after a forced end.
    pub lacking: Option<Vec<Lacking>>,
    /// How it ended and what was done, once it has.
    pub outcome: Option<(Outcome, Counts)>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Run {
    fn new(name: String, plan: Plan, started: Timestamp) -> Self {
        let steps = plan.steps.iter().map(|_| StepRun::default()).collect();
        Self {
            name,
            plan,
            started,
            steps,
            hunt: None,
            stop: None,
            lacking: None,
            outcome: None,
            ended: None,
        }
    }

    /// What the step of this key is called; the key itself where there is no such step.
    pub fn name<'a>(&'a self, key: &'a ResourceKey) -> &'a str {
        let step = self.plan.steps.iter().find(|step| step.key == *key);
        step.map_or(&key.0, |step| &step.name)
    }

    /// How far the step of this key is.
    pub fn step(&self, key: &ResourceKey) -> Option<&StepRun> {
        let place = self.plan.steps.iter().position(|step| step.key == *key)?;
        self.steps.get(place)
    }

    /// How many steps are as they should be.
    pub fn finished(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.progress == Progress::Finished)
            .count()
    }

    /// What is being worked on, and since when, in the plan's order.
    pub fn under_way(&self) -> impl Iterator<Item = (&Step, Timestamp)> {
        let steps = self.plan.steps.iter().zip(&self.steps);
        steps.filter_map(|(step, run)| match run.progress {
            Progress::Started | Progress::Settling(_) | Progress::Retrying { .. } => {
                Some((step, run.started?))
            }
            Progress::Waiting | Progress::Finished | Progress::Failed(_) => None,
        })
    }

    /// Whether it was ended without waiting for what was under way.
    pub fn was_forced(&self) -> bool {
        matches!(self.stop, Some(Stop::Forced { .. }))
    }

    /// How long it will still take, as far as earlier runs tell; nothing once it has ended, and while
    /// it waits for a host, of which nobody knows how long that takes.
    pub fn time_left(&self, now: Timestamp) -> Option<CriticalPath> {
        let hunting = self.hunt.as_ref().is_some_and(Hunt::is_on);
        if hunting || self.outcome.is_some() {
            return None;
        }
        critical_path(&self.plan, |at| self.ahead(at, now))
    }

    /// A step that takes longer than it did in earlier runs takes nobody knows how long.
    fn ahead(&self, at: usize, now: Timestamp) -> Ahead {
        let (Some(step), Some(run)) = (self.plan.steps.get(at), self.steps.get(at)) else {
            return Ahead::Nothing;
        };
        let begun = match &run.progress {
            Progress::Finished | Progress::Failed(_) => return Ahead::Nothing,
            Progress::Waiting => return Ahead::of(step),
            Progress::Started | Progress::Settling(_) | Progress::Retrying { .. } => run.started,
        };
        let passed = begun.map_or(0, |begun| now.duration_since(begun).as_secs());
        let left = step
            .estimate
            .and_then(|estimate| estimate.checked_sub(u64::try_from(passed).unwrap_or(0)));
        match left {
            None | Some(0) => Ahead::Unknown,
            Some(left) => Ahead::Seconds(left),
        }
    }

    fn change(&mut self, key: &ResourceKey, change: impl FnOnce(&mut StepRun)) {
        let place = self.plan.steps.iter().position(|step| step.key == *key);
        if let Some(step) = place.and_then(|place| self.steps.get_mut(place)) {
            change(step);
        }
    }
}

pub(super) fn fold(run: &mut Option<Run>, event: ProvisionEvent, at: Timestamp) {
    if let ProvisionEvent::Started { run: name, plan } = event {
        *run = Some(Run::new(name, plan, at));
        return;
    }
    let Some(run) = run else {
        return;
    };
    match event {
        ProvisionEvent::Started { .. } => {}
        ProvisionEvent::StepStarted { key } => run.change(&key, |step| {
            step.started.get_or_insert(at);
            step.progress = Progress::Started;
        }),
        ProvisionEvent::StepWaiting { key, id, state } => run.change(&key, |step| {
            if !id.is_empty() {
                step.ocid = Some(id);
            }
            step.progress = Progress::Settling(state);
        }),
        ProvisionEvent::StepRetrying {
            key,
            reason,
            in_seconds,
        } => run.change(&key, |step| {
            let wait =
                jiff::SignedDuration::from_secs(i64::try_from(in_seconds).unwrap_or(i64::MAX));
            let at = at.checked_add(wait).unwrap_or(at);
            step.progress = Progress::Retrying { reason, at };
        }),
        ProvisionEvent::StepFinished { key, id } => run.change(&key, |step| {
            step.ocid = Some(id);
            step.ended = Some(at);
            step.progress = Progress::Finished;
        }),
        ProvisionEvent::StepFailed { key, problem } => run.change(&key, |step| {
            // The reason may be told later than the failure.
            step.ended.get_or_insert(at);
            step.progress = Progress::Failed(problem);
        }),
        ProvisionEvent::Hunt(event) => {
            hunt::fold(run.hunt.get_or_insert_default(), event, at);
        }
        ProvisionEvent::Stopping { can_force } => run.stop = Some(Stop::Asked { can_force }),
        ProvisionEvent::Forced { left } => run.stop = Some(Stop::Forced { left }),
        ProvisionEvent::StateLacks { resources } => run.lacking = Some(resources),
        ProvisionEvent::Finished {
            outcome,
            done,
            undone: _,
        } => {
            run.outcome = Some((outcome, done));
            run.ended = Some(at);
        }
    }
}

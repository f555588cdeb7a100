//! Tells the events of a run, and writes down in its journal what later runs want to know.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::journal::{Entry, Journal, JournalError};
use crate::domain::event::{Event, What};
use crate::domain::plan::{Action, Counts, Plan, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};

/// Who tells of one run, which may be carried out in parts: what was told of it is not told again.
#[derive(Debug)]
pub(super) struct Teller {
    journal: Journal,
    events: mpsc::Sender<Event>,
    steps: BTreeMap<ResourceKey, Step>,
    is_told: bool,
    begun: BTreeMap<ResourceKey, Timestamp>,
    /// Steps of which more was told than that they have begun.
    settling: BTreeSet<ResourceKey>,
    /// Steps that ended well, with their OCIDs.
    done: BTreeMap<ResourceKey, String>,
    held: Option<Held>,
}

/// Failures that are not told before it is known what they mean.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: BTreeSet<ResourceKey>,
    /// The newest reason of each.
    pub(super) failed: BTreeMap<ResourceKey, Problem>,
    /// Whether anything else failed.
    pub(super) others: bool,
}

impl Teller {
    pub(super) fn of(plan: &Plan, journal: Journal, events: mpsc::Sender<Event>) -> Self {
        let steps = plan.steps.iter();
        Self {
            journal,
            events,
            steps: steps.map(|step| (step.key.clone(), step.clone())).collect(),
            is_told: false,
            begun: BTreeMap::new(),
            settling: BTreeSet::new(),
            done: BTreeMap::new(),
            held: None,
        }
    }

    /// The name of the run.
    pub(super) fn run(&self) -> &str {
        self.journal.run()
    }

    /// What earlier runs left to know, and this one so far.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Writes down what is no event.
    pub(super) fn note(&mut self, at: Timestamp, entry: Entry) -> Result<(), JournalError> {
        self.journal.write(at, entry)
    }

    /// The steps that ended well, with their OCIDs.
    pub(super) fn done(&self) -> &BTreeMap<ResourceKey, String> {
        &self.done
    }

    /// From now on failures of these steps are kept back.
    pub(super) fn hold(&mut self, keys: BTreeSet<ResourceKey>) {
        self.held = Some(Held {
            keys,
            ..Held::default()
        });
    }

    /// What was kept back, which is for the caller to tell.
    pub(super) fn let_go(&mut self) -> Held {
        self.held.take().unwrap_or_default()
    }

    /// Tells that `plan` is carried out, and what of it is there already.
    pub(super) async fn begin(&mut self, plan: &Plan, at: Timestamp) {
        let started = ProvisionEvent::Started {
            run: self.run().to_owned(),
            plan: plan.clone(),
        };
        self.say(started, at).await;
        let kept = plan.steps.iter().filter(|it| it.action == Action::Keep);
        for step in kept {
            let key = step.key.clone();
            let id = step.id.clone().unwrap_or_default();
            self.say(ProvisionEvent::StepStarted { key: key.clone() }, at)
                .await;
            self.say(ProvisionEvent::StepFinished { key, id }, at).await;
        }
    }

    /// Tells of the steps that are left that they are as they should be.
    pub(super) async fn settle(&mut self, at: Timestamp) {
        let left = self.steps.values();
        let left = left.filter(|step| !self.done.contains_key(&step.key));
        let left: Vec<Step> = left.cloned().collect();
        for Step { key, id, .. } in left {
            let id = id.unwrap_or_default();
            self.say(ProvisionEvent::StepFinished { key, id }, at).await;
        }
    }

    /// Tells what happens at this moment.
    pub(super) async fn say(&mut self, what: ProvisionEvent, at: Timestamp) {
        let what = What::Provision(what);
        self.tell(Event { at, what }).await;
    }

    /// Tells one event, unless it is told already or has to wait.
    pub(super) async fn tell(&mut self, event: Event) {
        let Some(event) = self.sifted(event) else {
            return;
        };
        if let What::Provision(what) = &event.what {
            self.heed(what, event.at);
        }
        if self.events.send(event).await.is_err() {
            tracing::debug!("nobody listens to the run any more");
        }
    }

    /// What is left to tell of an event.
    fn sifted(&mut self, event: Event) -> Option<Event> {
        let Event { at, what } = event;
        if let What::Problem(_) = &what {
            self.failed_otherwise();
        }
        let What::Provision(what) = what else {
            return Some(Event { at, what });
        };
        let what = match what {
            ProvisionEvent::Started { .. } => {
                let again = std::mem::replace(&mut self.is_told, true);
                Some(what).filter(|_| !again)
            }
            ProvisionEvent::StepStarted { .. }
            | ProvisionEvent::StepWaiting { .. }
            | ProvisionEvent::StepRetrying { .. }
            | ProvisionEvent::StepFinished { .. }
            | ProvisionEvent::StepFailed { .. } => self.of_step(what, at),
            ProvisionEvent::Hunt(_)
            | ProvisionEvent::Stopping { .. }
            | ProvisionEvent::Forced { .. }
            | ProvisionEvent::StateLacks { .. }
            | ProvisionEvent::Finished { .. } => Some(what),
        };
        let what = What::Provision(what?);
        Some(Event { at, what })
    }

    /// What is left to tell of what a step does. Parts of a run look at what is done once more.
    fn of_step(&mut self, what: ProvisionEvent, at: Timestamp) -> Option<ProvisionEvent> {
        let key = what.key()?.clone();
        if !self.steps.contains_key(&key) || self.done.contains_key(&key) {
            return None;
        }
        match what {
            ProvisionEvent::StepStarted { .. } => {
                let is_new = self.begun.insert(key.clone(), at).is_none();
                (self.settling.remove(&key) || is_new).then_some(what)
            }
            ProvisionEvent::StepFailed { problem, .. } => self.failed(key, problem),
            ProvisionEvent::StepWaiting { .. } | ProvisionEvent::StepRetrying { .. } => {
                self.settling.insert(key);
                Some(what)
            }
            ProvisionEvent::Started { .. }
            | ProvisionEvent::StepFinished { .. }
            | ProvisionEvent::Hunt(_)
            | ProvisionEvent::Stopping { .. }
            | ProvisionEvent::Forced { .. }
            | ProvisionEvent::StateLacks { .. }
            | ProvisionEvent::Finished { .. } => Some(what),
        }
    }

    fn failed(&mut self, key: ResourceKey, problem: Problem) -> Option<ProvisionEvent> {
        let held = self.held.as_mut().filter(|held| held.keys.contains(&key));
        let Some(held) = held else {
            self.failed_otherwise();
            return Some(ProvisionEvent::StepFailed { key, problem });
        };
        let is_new = held.failed.insert(key.clone(), problem).is_none();
        if !is_new {
            return None;
        }
        self.settling.insert(key.clone());
        Some(ProvisionEvent::StepWaiting {
            key,
            id: String::new(),
            state: "turned away; the reason is told when all else that is under way has ended"
                .to_owned(),
        })
    }

    fn failed_otherwise(&mut self) {
        if let Some(held) = &mut self.held {
            held.others = true;
        }
    }

    /// Tells the end of the run.
    pub(super) async fn end(&mut self, outcome: Outcome, at: Timestamp) -> Outcome {
        let mut done = Counts::default();
        let (mut undone, is_done) = (Vec::new(), |key| self.done.contains_key(key));
        for (key, step) in &self.steps {
            if is_done(key) {
                done.add(step.action);
            } else {
                undone.push(key.clone());
            }
        }
        let what = What::Provision(ProvisionEvent::Finished {
            outcome,
            done,
            undone,
        });
        self.tell(Event { at, what }).await;
        outcome
    }

    /// Tells a run that could not be begun, or not be followed to its end.
    pub(super) async fn fail(&mut self, problem: Problem, at: Timestamp) -> Outcome {
        let what = What::Problem(problem);
        self.tell(Event { at, what }).await;
        self.end(Outcome::Failed, at).await
    }

    fn heed(&mut self, what: &ProvisionEvent, at: Timestamp) {
        let entry = match what {
            ProvisionEvent::StepFinished { key, id } => {
                self.done.insert(key.clone(), id.clone());
                let Some(entry) = self.took(key, at) else {
                    return;
                };
                entry
            }
            ProvisionEvent::Finished { outcome, .. } => Entry::Finished { outcome: *outcome },
            ProvisionEvent::Forced { left } => Entry::Forced { left: left.clone() },
            ProvisionEvent::Started { .. }
            | ProvisionEvent::StepStarted { .. }
            | ProvisionEvent::StepWaiting { .. }
            | ProvisionEvent::StepRetrying { .. }
            | ProvisionEvent::StepFailed { .. }
            | ProvisionEvent::Stopping { .. }
            | ProvisionEvent::StateLacks { .. }
            | ProvisionEvent::Hunt(_) => return,
        };
        if let Err(error) = self.journal.write(at, entry) {
            tracing::error!(%error, "a run is not in its journal");
        }
    }

    /// How long a step took, for the estimates of later runs.
    fn took(&self, key: &ResourceKey, at: Timestamp) -> Option<Entry> {
        let step = self
            .steps
            .get(key)
            .filter(|step| !matches!(step.action, Action::Keep | Action::Import))?;
        let took = at.duration_since(*self.begun.get(key)?);
        Some(Entry::Ready {
            key: key.clone(),
            kind: step.kind,
            action: step.action,
            millis: u64::try_from(took.as_millis()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests;

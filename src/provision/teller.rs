//! Tells the events of a run, and writes down in its journal what later runs want to know.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::journal::{Entry, Journal};
use crate::domain::event::{Event, What};
use crate::domain::plan::{Action, Counts, Plan, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};

/// Who tells of one run.
#[derive(Debug)]
pub(super) struct Teller {
    journal: Journal,
    events: mpsc::Sender<Event>,
    steps: BTreeMap<ResourceKey, Step>,
    begun: BTreeMap<ResourceKey, Timestamp>,
    done: BTreeSet<ResourceKey>,
}

impl Teller {
    pub(super) fn of(plan: &Plan, journal: Journal, events: mpsc::Sender<Event>) -> Self {
        let steps = plan.steps.iter();
        Self {
            journal,
            events,
            steps: steps.map(|step| (step.key.clone(), step.clone())).collect(),
            begun: BTreeMap::new(),
            done: BTreeSet::new(),
        }
    }

    /// The name of the run.
    pub(super) fn run(&self) -> &str {
        self.journal.run()
    }

    /// Tells one event.
    pub(super) async fn tell(&mut self, event: Event) {
        if let What::Provision(what) = &event.what {
            self.heed(what, event.at);
        }
        if self.events.send(event).await.is_err() {
            tracing::debug!("nobody listens to the run any more");
        }
    }

    /// Tells the end of the run.
    pub(super) async fn end(&mut self, outcome: Outcome, at: Timestamp) -> Outcome {
        let mut done = Counts::default();
        let (mut undone, is_done) = (Vec::new(), |key| self.done.contains(key));
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
            ProvisionEvent::StepStarted { key } => {
                self.begun.insert(key.clone(), at);
                return;
            }
            ProvisionEvent::StepFinished { key, .. } => {
                self.done.insert(key.clone());
                let Some(entry) = self.took(key, at) else {
                    return;
                };
                entry
            }
            ProvisionEvent::Finished { outcome, .. } => Entry::Finished { outcome: *outcome },
            ProvisionEvent::Started { .. }
            | ProvisionEvent::StepWaiting { .. }
            | ProvisionEvent::StepRetrying { .. }
            | ProvisionEvent::StepFailed { .. }
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
            .filter(|step| step.action != Action::Keep)?;
        let took = at.duration_since(*self.begun.get(key)?);
        Some(Entry::Ready {
            key: key.clone(),
            kind: step.kind,
            action: step.action,
            millis: u64::try_from(took.as_millis()).unwrap_or_default(),
        })
    }
}

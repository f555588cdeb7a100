//! A run of `apply` or `destroy`, told by the events that the direct engine tells.
//!
//! Pure: each event bears the time of the line that it follows from, so that a run which is followed
//! late, or once more from its file, reads the same. The exit status has the last word.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::blame::{Ended, problem, told};
use super::diagnostic::Diagnostic;
use super::hearing::{Hearing, Interrupt};
use super::message::{Hook, Message, Said, Span, Verb};
use super::show::{LEFTOVER, Review};
use super::trouble::Trouble;
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::plan::{
    Action, Counts, Operation, Plan, REPLACED, ResourceKey, ResourceKind, Step,
};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::oci::Error;

/// After how many seconds without a result it is said what may be behind it: a launch, and anything
/// else.
const LONG_LAUNCH: u64 = 300;
const LONG: u64 = 60;

/// Where a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Far {
    #[default]
    Waiting,
    Running,
    Done,
    /// It failed, and it was not told why yet.
    Unexplained,
    Failed,
}

/// A step that OCI refused, with its answer.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Which resource.
    pub key: ResourceKey,
    /// OCI's answer: its predicates (`is_out_of_capacity`) say what it means.
    pub error: Error,
}

/// A run, as far as its stream was read.
#[derive(Clone, Debug)]
pub struct Progress {
    plan: Plan,
    keys: BTreeMap<Line, ResourceKey>,
    hearing: Hearing,
    far: BTreeMap<ResourceKey, Far>,
    ids: BTreeMap<ResourceKey, String>,
    refused: Vec<Refused>,
    /// Errors that are no step's.
    left: Vec<Diagnostic>,
    at: Timestamp,
}

impl Progress {
    /// A run of a reviewed plan that begins now, and the events of its beginning.
    pub fn begin(run: String, review: &Review, at: Timestamp) -> (Self, Vec<Event>) {
        let plan = review.plan.clone();
        let mut progress = Self {
            keys: review.keys.clone(),
            hearing: Hearing::default(),
            far: plan
                .steps
                .iter()
                .map(|step| (step.key.clone(), Far::Waiting))
                .collect(),
            ids: BTreeMap::new(),
            refused: Vec::new(),
            left: Vec::new(),
            at,
            plan: plan.clone(),
        };
        let kept: Vec<(ResourceKey, Option<String>)> = (plan.steps.iter())
            .filter(|step| step.action == Action::Keep)
            .map(|step| (step.key.clone(), step.id.clone()))
            .collect();
        let mut events = vec![progress.event(ProvisionEvent::Started { run, plan })];
        for (key, id) in kept {
            events.push(progress.event(ProvisionEvent::StepStarted { key: key.clone() }));
            events.push(progress.finished(&key, id.unwrap_or_default()));
        }
        (progress, events)
    }

    /// What was heard so far.
    pub fn hearing(&self) -> &Hearing {
        &self.hearing
    }

    /// The steps that OCI refused, in the order in which it was told why.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The resources that are being worked on: those that a second interrupt could leave behind.
    pub fn under_way(&self) -> Vec<ResourceKey> {
        let running = self.far.iter().filter(|(_, far)| **far == Far::Running);
        running.map(|(key, _)| key.clone()).collect()
    }

    /// Takes the next message and gives what follows from it.
    pub fn on(&mut self, message: &Message) -> Vec<Event> {
        // Lines of a run that was interrupted by a set clock must not run backwards.
        self.at = message.at.map_or(self.at, |at| at.max(self.at));
        let before = self.hearing.interrupt;
        let line = self.hearing.on(message);
        let mut events: Vec<Event> = line
            .map(|line| self.say(What::Log(line)))
            .into_iter()
            .collect();
        events.extend(self.interrupted(before));
        match &message.said {
            Said::Apply(span, hook) if !hook.resource.is_data() => {
                events.extend(self.applied(*span, hook));
            }
            Said::Diagnostic(complaint) if complaint.is_error() => {
                events.extend(self.explained(complaint));
            }
            Said::Apply(..)
            | Said::Diagnostic(_)
            | Said::Version { .. }
            | Said::Log
            | Said::Init(_)
            | Said::Planned(_)
            | Said::Drift(_)
            | Said::Summary(_)
            | Said::Outputs(_)
            | Said::Refresh(..)
            | Said::Provision(..)
            | Said::Ephemeral(..)
            | Said::StateLock
            | Said::Test(_)
            | Said::Unknown(_)
            | Said::Plain => {}
        }
        events
    }

    /// The program has ended: what it did not tell any more, and the end of the run. `stderr` is the
    /// end of what it wrote there.
    pub fn finish(&mut self, ended: Ended, stderr: &str, at: Timestamp) -> Vec<Event> {
        self.at = at.max(self.at);
        let mut events = Vec::new();
        let keys: Vec<ResourceKey> = self.plan.steps.iter().map(|it| it.key.clone()).collect();
        for key in &keys {
            events.extend(self.settled(key, ended));
        }
        events.extend(
            self.run_problem(ended, stderr)
                .map(|it| self.say(What::Problem(it))),
        );
        let is_done = |key: &&ResourceKey| self.far.get(*key) == Some(&Far::Done);
        let undone: Vec<ResourceKey> = keys.iter().filter(|key| !is_done(key)).cloned().collect();
        let mut done = Counts::default();
        for step in self.plan.steps.iter().filter(|step| is_done(&&step.key)) {
            done.add(step.action);
        }
        let outcome = match (ended, self.hearing.interrupt) {
            (Ended::Well, _) => Outcome::Done,
            (_, Interrupt::Graceful | Interrupt::Forced) => Outcome::Interrupted,
            (Ended::Failed(_) | Ended::Killed(_), Interrupt::None) => Outcome::Failed,
        };
        events.push(self.event(ProvisionEvent::Finished {
            outcome,
            done,
            undone,
        }));
        events
    }

    /// What is new of a stop that was asked for.
    fn interrupted(&self, before: Interrupt) -> Option<Event> {
        let now = self.hearing.interrupt;
        if now == before {
            return None;
        }
        let told = match now {
            Interrupt::None => return None,
            Interrupt::Graceful => ProvisionEvent::Stopping { can_force: true },
            Interrupt::Forced => ProvisionEvent::Forced {
                left: self.under_way(),
            },
        };
        Some(self.event(told))
    }

    /// What became of a resource that Terraform works on.
    fn applied(&mut self, span: Span, hook: &Hook) -> Option<Event> {
        let key = self.step_of(hook)?;
        if !hook.id_value.is_empty() {
            self.ids.insert(key.clone(), hook.id_value.to_string());
        }
        match span {
            Span::Start => {
                self.far.insert(key.clone(), Far::Running);
                Some(self.event(ProvisionEvent::StepStarted { key }))
            }
            Span::Progress => {
                let event = ProvisionEvent::StepWaiting {
                    id: self.id(&key),
                    state: self.state(&key, hook),
                    key,
                };
                Some(self.event(event))
            }
            Span::Complete => {
                let id = self.id(&key);
                Some(self.finished(&key, id))
            }
            Span::Errored => {
                let problem = if self.hearing.interrupt == Interrupt::Forced {
                    self.leaked(&key)
                } else {
                    self.unexplained(&key)
                };
                Some(self.failed(key, Far::Unexplained, problem))
            }
        }
    }

    /// The step that a line is about. Both halves of a replacement bear one address.
    fn step_of(&self, hook: &Hook) -> Option<ResourceKey> {
        let key = self.keys.get(&hook.resource.addr)?;
        let halves = [REPLACED, LEFTOVER].map(|half| ResourceKey::new(format!("{half}{key}")));
        let removal = halves.into_iter().find(|half| self.far.contains_key(half));
        match removal.filter(|_| hook.action == Verb::Delete) {
            Some(removal) => Some(removal),
            None => Some(key.clone()).filter(|key| self.far.contains_key(key)),
        }
    }

    fn state(&self, key: &ResourceKey, hook: &Hook) -> String {
        let doing = if hook.action == Verb::Delete {
            "being removed"
        } else if hook.action == Verb::Update {
            "being changed"
        } else {
            "being made"
        };
        let is_launch = self
            .step(key)
            .is_some_and(|step| step.kind == ResourceKind::Instance);
        let long = if is_launch { LONG_LAUNCH } else { LONG };
        if hook.elapsed < long {
            return doing.to_owned();
        }
        // The provider says nothing of a refusal that it repeats by itself.
        format!("{doing}; perhaps waits (429), for up to 10 min")
    }

    /// A complaint: the reason of a step's failure, where it names one.
    fn explained(&mut self, complaint: &Diagnostic) -> Option<Event> {
        let trouble = Trouble::of(complaint);
        let Some(key) = self.blamed(complaint) else {
            if !matches!(trouble, Trouble::Halted) {
                self.left.push(complaint.clone());
            }
            return None;
        };
        let problem = told(&self.what(&key), &trouble, complaint);
        if let Trouble::Refused(error) = trouble {
            self.refused.push(Refused {
                key: key.clone(),
                error: *error,
            });
        }
        Some(self.failed(key, Far::Failed, problem))
    }

    /// The step that a complaint is about: by its address; by the block that it points at, where
    /// that is of one resource. What is done and well stays so.
    fn blamed(&self, complaint: &Diagnostic) -> Option<ResourceKey> {
        let failing = |key: &&ResourceKey| {
            matches!(
                self.far.get(*key),
                Some(Far::Unexplained | Far::Running | Far::Waiting)
            )
        };
        let address = if complaint.address.is_empty() {
            complaint.block()?.into()
        } else {
            complaint.address.clone()
        };
        let key = self.keys.get(&address)?;
        let old = ResourceKey::new(format!("{REPLACED}{key}"));
        let unexplained = Some(&old).filter(|old| self.far.get(*old) == Some(&Far::Unexplained));
        unexplained.or(Some(key)).filter(failing).cloned()
    }

    /// What a step came to that did not tell its end. The program tells of no import at all.
    fn settled(&mut self, key: &ResourceKey, ended: Ended) -> Vec<Event> {
        let far = self.far.get(key).copied().unwrap_or_default();
        let imported = self
            .step(key)
            .is_some_and(|step| step.action == Action::Import);
        match (far, ended) {
            (Far::Waiting, Ended::Well) if imported => {
                let started = ProvisionEvent::StepStarted { key: key.clone() };
                let id = self.id(key);
                vec![self.event(started), self.finished(key, id)]
            }
            (Far::Waiting | Far::Running, Ended::Well) => {
                let id = self.id(key);
                vec![self.finished(key, id)]
            }
            (Far::Running, Ended::Failed(_) | Ended::Killed(_)) => {
                let problem = self.leaked(key);
                vec![self.failed(key.clone(), Far::Failed, problem)]
            }
            (Far::Waiting | Far::Done | Far::Unexplained | Far::Failed, _) => Vec::new(),
        }
    }

    /// What is wrong with the run beside what is wrong with its steps.
    fn run_problem(&self, ended: Ended, stderr: &str) -> Option<Problem> {
        let failed = |far: &Far| matches!(far, Far::Failed | Far::Unexplained);
        let explained = self.far.values().any(failed) || self.hearing.interrupt != Interrupt::None;
        if self.left.is_empty() && explained {
            return None;
        }
        let what = match self.plan.operation {
            Operation::Apply => "apply the plan",
            Operation::Destroy => "destroy the cluster",
        };
        problem(what, &self.left, ended, stderr)
    }

    fn step(&self, key: &ResourceKey) -> Option<&Step> {
        self.plan.steps.iter().find(|step| step.key == *key)
    }

    fn id(&self, key: &ResourceKey) -> String {
        let known = self.ids.get(key).cloned();
        let planned = || self.step(key).and_then(|step| step.id.clone());
        known.or_else(planned).unwrap_or_default()
    }

    /// What a step does, in words: `create the instance k3s-server`.
    fn what(&self, key: &ResourceKey) -> String {
        let Some(step) = self.step(key) else {
            return format!("work on {key}");
        };
        let verb = match step.action {
            Action::Create => "create",
            Action::Keep => "look at",
            Action::Update => "change",
            Action::Import => "take over",
            Action::Delete => "delete",
        };
        if step.kind == ResourceKind::Other {
            format!("{verb} {}", step.name)
        } else {
            format!("{verb} the {} {}", step.kind, step.name)
        }
    }

    /// Terraform prints the reasons of what failed when all else has ended.
    fn unexplained(&self, key: &ResourceKey) -> Problem {
        Problem {
            title: format!("could not {}", self.what(key)),
            detail: "Terraform tells the reason once everything else that is under way has ended"
                .to_owned(),
            next: "wait for it; what does not need this goes on".to_owned(),
            request_id: None,
        }
    }

    fn leaked(&self, key: &ResourceKey) -> Problem {
        let address = self.keys.iter().find(|(_, known)| *known == key);
        let address = address.map_or(key.0.as_str(), |(address, _)| address.as_str());
        Problem {
            title: format!("could not wait for: {}", self.what(key)),
            detail: format!(
                "Terraform ended while {address} was under way: it may be done in the cloud and \
                 not be in the state"
            ),
            next:
                "plan again: where it is there, `k3scope render --import` offers it for import, so \
                   that nothing is made twice"
                    .to_owned(),
            request_id: None,
        }
    }

    fn finished(&mut self, key: &ResourceKey, id: String) -> Event {
        self.far.insert(key.clone(), Far::Done);
        self.event(ProvisionEvent::StepFinished {
            key: key.clone(),
            id,
        })
    }

    fn failed(&mut self, key: ResourceKey, far: Far, problem: Problem) -> Event {
        self.far.insert(key.clone(), far);
        self.event(ProvisionEvent::StepFailed { key, problem })
    }

    fn event(&self, what: ProvisionEvent) -> Event {
        self.say(What::Provision(what))
    }

    fn say(&self, what: What) -> Event {
        Event { at: self.at, what }
    }
}

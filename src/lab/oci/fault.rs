//! What can be made to go wrong with a request, by a test or a scenario.

use std::time::Duration;

use serde::Deserialize;

use super::call::Call;
use super::flaky::Moods;
use super::hold::Gate;
use crate::lab::scenario::Flaky;

/// Which requests a fault befalls.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    /// The HTTP method in capitals; any when absent.
    pub method: Option<String>,
    /// A piece of the path and query; any when empty.
    pub path_contains: String,
}

/// What befalls a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is refused with this status, code and message, and nothing is done.
    Status(u16, String, String),
    /// The connection breaks before anything is done.
    Cut,
    /// It is done, and the connection breaks before the answer.
    AfterDoing,
    /// It is done and answered this much later, at the lab's pace.
    Slow(Duration),
    /// It is refused as one too many, to be sent again after so long.
    Busy(Duration),
}

/// What stands ready for a request.
#[derive(Debug)]
pub(super) enum Obstacle {
    Fault(Fault),
    Gate(Gate),
}

/// A refusal that a scenario plans from the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// The HTTP method in capitals; any when absent.
    pub method: Option<String>,
    /// A piece of the path and query.
    pub path_contains: String,
    /// The HTTP status of the refusal.
    pub status: u16,
    /// OCI's error code.
    pub code: String,
    /// The message beside the code.
    pub message: String,
    /// How many requests it befalls.
    pub times: u32,
}

/// What waits for its request.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<(Matcher, Obstacle)>,
    moods: Option<Moods>,
}

impl Matcher {
    /// Matches requests of `method` whose path and query hold `piece`.
    pub fn new(method: &str, piece: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path_contains: piece.to_owned(),
        }
    }

    fn matches(&self, call: &Call) -> bool {
        let method = self.method.as_deref();
        method.is_none_or(|method| method == call.method.as_str())
            && call.target.contains(&self.path_contains)
    }
}

impl Faults {
    pub(super) fn planned(plans: &[PlannedFault], flaky: Option<Flaky>) -> Self {
        let mut faults = Self {
            moods: flaky.map(Moods::new),
            ..Self::default()
        };
        for plan in plans {
            for _ in 0..plan.times {
                let matcher = Matcher {
                    method: plan.method.clone(),
                    path_contains: plan.path_contains.clone(),
                };
                let fault = Fault::Status(plan.status, plan.code.clone(), plan.message.clone());
                faults.add(matcher, Obstacle::Fault(fault));
            }
        }
        faults
    }

    pub(super) fn add(&mut self, matcher: Matcher, obstacle: Obstacle) {
        self.waiting.push((matcher, obstacle));
    }

    pub(super) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Takes the oldest obstacle that stands ready for `call`, or what the service's mood has for it.
    pub(super) fn take(&mut self, call: &Call) -> Option<Obstacle> {
        let index = self
            .waiting
            .iter()
            .position(|(matcher, _)| matcher.matches(call));
        match index {
            Some(index) => Some(self.waiting.remove(index).1),
            None => self.moods.as_mut()?.next().map(Obstacle::Fault),
        }
    }
}

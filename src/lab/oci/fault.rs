//! What can be made to go wrong with a request, by a test or a scenario, and the log of requests.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::call::Call;

/// The newest requests that the log keeps.
const LOG_LENGTH: usize = 10_000;

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
}

/// A request as the log keeps it.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it came.
    pub at: Timestamp,
    /// Its HTTP method.
    pub method: String,
    /// Its path and query as sent.
    pub path: String,
    /// Its `opc-retry-token`.
    pub retry_token: Option<String>,
    /// The answer's status; 0 when the connection was cut instead.
    pub status: u16,
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

/// Faults that wait for their request, and the requests so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<(Matcher, Fault)>,
    log: VecDeque<Record>,
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
    pub(super) fn planned(plans: &[PlannedFault]) -> Self {
        let mut faults = Self::default();
        for plan in plans {
            for _ in 0..plan.times {
                let matcher = Matcher {
                    method: plan.method.clone(),
                    path_contains: plan.path_contains.clone(),
                };
                let fault = Fault::Status(plan.status, plan.code.clone(), plan.message.clone());
                faults.add(matcher, fault);
            }
        }
        faults
    }

    pub(super) fn add(&mut self, matcher: Matcher, fault: Fault) {
        self.waiting.push((matcher, fault));
    }

    /// Takes the oldest fault that befalls `call`.
    pub(super) fn take(&mut self, call: &Call) -> Option<Fault> {
        let index = self
            .waiting
            .iter()
            .position(|(matcher, _)| matcher.matches(call))?;
        Some(self.waiting.remove(index).1)
    }

    pub(super) fn note(&mut self, record: Record) {
        if self.log.len() == LOG_LENGTH {
            self.log.pop_front();
        }
        self.log.push_back(record);
    }

    pub(super) fn log(&self) -> Vec<Record> {
        self.log.iter().cloned().collect()
    }
}

//! The log of requests: what came, when, beside how many others, and how it was answered.
//!
//! A request is noted when it comes, so the log is in the order of arrival even when answers are
//! late or never given. Of bodies only a digest is kept, and where a launch wants to go.

use std::collections::VecDeque;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use ring::digest;
use serde_json::Value;

use super::answer::{Answer, Content};
use super::call::Call;
use super::server::lock;

/// The newest requests that the log keeps.
const LENGTH: usize = 10_000;

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
    /// Its `if-match`.
    pub if_match: Option<String>,
    /// The `opc-request-id` of the answer, which begins with the client's own.
    pub request_id: String,
    /// SHA-256 of its body in base64, as `x-content-sha256` has it; none when it has no body.
    pub body: Option<String>,
    /// What it wants to launch, and where, when it is a launch.
    pub launch: Option<Launch>,
    /// How many other requests had come and were not answered yet when it came.
    pub others: usize,
    /// The answer's status; 0 while there is no answer, and when the connection was cut instead.
    pub status: u16,
    /// `Code: message` of an answer that is a refusal.
    pub refusal: Option<String>,
}

/// What a launch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The instance's display name.
    pub name: String,
    /// The availability domain.
    pub availability_domain: String,
    /// The fault domain, where one is wanted.
    pub fault_domain: Option<String>,
}

/// The requests so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    records: VecDeque<Record>,
    /// How many of the oldest have been dropped.
    dropped: usize,
    in_flight: usize,
}

/// A request that is being dealt with; whatever becomes of it, its end is noticed.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    log: &'a Mutex<Log>,
    number: usize,
}

impl Log {
    pub(super) fn records(&self) -> Vec<Record> {
        self.records.iter().cloned().collect()
    }

    fn arrive(&mut self, call: &Call, id: &str, at: Timestamp) -> usize {
        if self.records.len() == LENGTH {
            self.records.pop_front();
            self.dropped += 1;
        }
        self.records.push_back(Record {
            at,
            method: call.method.to_string(),
            path: call.target.clone(),
            retry_token: call.header("opc-retry-token"),
            if_match: call.header("if-match"),
            request_id: id.to_owned(),
            body: (!call.body.is_empty()).then(|| digest_of(&call.body)),
            launch: launch(call),
            others: self.in_flight,
            status: 0,
            refusal: None,
        });
        self.in_flight += 1;
        self.dropped + self.records.len() - 1
    }
}

impl<'a> Visit<'a> {
    /// Notes that a request has come.
    pub(super) fn begin(log: &'a Mutex<Log>, call: &Call, id: &str, at: Timestamp) -> Self {
        let number = lock(log).arrive(call, id, at);
        Self { log, number }
    }

    /// Notes how it is answered.
    pub(super) fn answered(&self, answer: &Answer) {
        let mut log = lock(self.log);
        let index = self.number.checked_sub(log.dropped);
        if let Some(record) = index.and_then(|index| log.records.get_mut(index)) {
            record.status = answer.status;
            record.refusal = refusal(answer);
        }
    }

    /// What the log says of it.
    pub(super) fn record(&self) -> Option<Record> {
        let log = lock(self.log);
        let index = self.number.checked_sub(log.dropped)?;
        log.records.get(index).cloned()
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        lock(self.log).in_flight -= 1;
    }
}

fn launch(call: &Call) -> Option<Launch> {
    if call.method != axum::http::Method::POST || !call.path.ends_with("/instances") {
        return None;
    }
    let body = call.object().ok()?;
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
    Some(Launch {
        name: text("displayName").unwrap_or_default(),
        availability_domain: text("availabilityDomain").unwrap_or_default(),
        fault_domain: text("faultDomain"),
    })
}

fn digest_of(body: &[u8]) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, body))
}

fn refusal(answer: &Answer) -> Option<String> {
    let Content::Json(body) = &answer.content else {
        return None;
    };
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    (answer.status >= 400).then(|| {
        let (code, message) = (text("code"), text("message"));
        format!("{}: {}", code.unwrap_or(""), message.unwrap_or(""))
    })
}

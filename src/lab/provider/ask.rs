//! Requests to the lab's OCI, with the patience of the real provider: which refusals it takes for
//! final, and how long it tries again after others.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::clock::Clock;
use crate::lab::oci::{Oci, Reply, unique_name};

/// The newest requests that are remembered.
const REMEMBERED: usize = 2000;
const TOKEN_LENGTH: usize = 32;
const PATIENCE_WITH_BUSY: Duration = Duration::from_mins(10);
const PATIENCE: Duration = Duration::from_mins(2);
const NEXT_PAGE: &str = "page";

/// A request that the provider made of the lab's OCI.
#[derive(Clone)]
pub struct Asked {
    /// Its HTTP method.
    pub method: String,
    /// The API's address.
    pub endpoint: String,
    /// Its path and query.
    pub target: String,
    /// Its `opc-retry-token`.
    pub retry_token: Option<String>,
    /// Its body.
    pub body: Option<Json>,
}

/// Bodies hold user data, and that holds tokens.
impl fmt::Debug for Asked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Asked")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("retry_token", &self.retry_token)
            .finish_non_exhaustive()
    }
}

/// Why there is no good answer.
#[derive(Debug)]
pub(super) enum Failure {
    Refused {
        asked: Box<Asked>,
        status: u16,
        code: String,
        message: String,
        request_id: String,
    },
    /// The connection broke.
    NoAnswer(Box<Asked>),
    /// Something is not as it was to become.
    Unexpected(String),
}

/// Asks, and remembers what was asked.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    oci: Oci,
    pub(super) clock: Clock,
    /// Terraform has been told to stop: nothing is tried again.
    stopping: Arc<AtomicBool>,
    asked: Arc<Mutex<VecDeque<Asked>>>,
}

impl Failure {
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// How long the real provider tries again after this.
    fn patience(&self) -> Option<Duration> {
        match self {
            Self::Refused { status: 429, .. } => Some(PATIENCE_WITH_BUSY),
            Self::Refused {
                status, message, ..
            } => {
                let is_final = matches!(status, 400 | 401 | 403 | 404 | 412 | 413)
                    || message.contains("Out of host capacity");
                (!is_final).then_some(PATIENCE)
            }
            Self::NoAnswer(_) => Some(PATIENCE),
            Self::Unexpected(_) => None,
        }
    }
}

impl Asker {
    pub(super) fn new(oci: Oci, clock: Clock) -> Self {
        Self {
            oci,
            clock,
            stopping: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// A run begins: it has not been told to stop.
    pub(super) fn begin(&self) {
        self.stopping.store(false, Ordering::Release);
    }

    /// What is under way goes on to its end; what was refused is not tried again.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// The requests so far, oldest first.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().cloned().collect()
    }

    pub(super) async fn get(&self, target: &str) -> Result<Map<String, Json>, Failure> {
        self.send("GET", target, None).await.map(object)
    }

    /// Every page of a list.
    pub(super) async fn list(&self, target: &str) -> Result<Vec<Json>, Failure> {
        let mut found = Vec::new();
        let mut next = target.to_owned();
        loop {
            let reply = self.send("GET", &next, None).await?;
            if let Json::Array(items) = reply.body {
                found.extend(items);
            }
            let Some(page) = reply.next_page else {
                return Ok(found);
            };
            let join = if target.contains('?') { '&' } else { '?' };
            next = format!("{target}{join}{NEXT_PAGE}={}", encoded(&page));
        }
    }

    /// Something that changes the world.
    pub(super) async fn change(
        &self,
        method: &str,
        target: &str,
        body: Option<Map<String, Json>>,
    ) -> Result<Map<String, Json>, Failure> {
        self.send(method, target, body.map(Json::Object))
            .await
            .map(object)
    }

    async fn send(&self, method: &str, target: &str, body: Option<Json>) -> Result<Reply, Failure> {
        let token = || unique_name().chars().skip(8).take(TOKEN_LENGTH).collect();
        let asked = Asked {
            method: method.to_owned(),
            endpoint: self.oci.endpoint(),
            target: target.to_owned(),
            retry_token: (method == "POST").then(token),
            body,
        };
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let failure = match self.once(&asked).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let wait = self
                .clock
                .jitter(Duration::from_secs(2) * attempt * attempt);
            let patient = failure
                .patience()
                .is_some_and(|patience| waited + wait <= patience);
            if !patient || self.stopping.load(Ordering::Acquire) {
                return Err(failure);
            }
            self.clock.sleep(wait).await;
            waited += wait;
            attempt += 1;
        }
    }

    async fn once(&self, asked: &Asked) -> Result<Reply, Failure> {
        self.remember(asked);
        let token = asked.retry_token.as_deref();
        let answer = self
            .oci
            .ask(&asked.method, &asked.target, token, asked.body.as_ref());
        let Some(reply) = answer.await else {
            return Err(Failure::NoAnswer(Box::new(asked.clone())));
        };
        if reply.status < 400 {
            return Ok(reply);
        }
        let said = |field: &str| {
            let text = reply.body.get(field).and_then(Json::as_str);
            text.unwrap_or_default().to_owned()
        };
        Err(Failure::Refused {
            asked: Box::new(asked.clone()),
            status: reply.status,
            code: said("code"),
            message: said("message"),
            request_id: reply.request_id,
        })
    }

    fn remember(&self, asked: &Asked) {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == REMEMBERED {
            all.pop_front();
        }
        all.push_back(asked.clone());
    }
}

fn object(reply: Reply) -> Map<String, Json> {
    if let Json::Object(object) = reply.body {
        object
    } else {
        Map::new()
    }
}

/// A value in a query, as Go writes it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.extend(['%'].into_iter().chain(format!("{byte:02X}").chars())),
        }
    }
    out
}

/// A path whose `{name}`s are taken from `fields`; the first that is missing otherwise.
pub(super) fn filled(template: &str, fields: &Map<String, Json>) -> Result<String, Failure> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = fields.get(name).and_then(Json::as_str).ok_or_else(|| {
            Failure::Unexpected(format!(
                "the API did not say {name}, which {template} needs"
            ))
        })?;
        out.push_str(before);
        out.push_str(&encoded(value));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_filled_as_go_writes_them() {
        let fields = json!({"ad": "Sim0:AD-1", "name": "Canonical Ubuntu"});
        let fields = fields.as_object().unwrap();
        let target = filled("/a/{ad}?name={name}", fields).unwrap();
        assert_eq!(target, "/a/Sim0%3AAD-1?name=Canonical+Ubuntu");
        assert!(filled("/{other}", fields).is_err());
    }
}

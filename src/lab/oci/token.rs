//! `opc-retry-token`: one create however often it is sent.
//!
//! OCI keeps a token for 24 hours; the same request gets the first one's resource, another body or a
//! resource that has been deleted since is refused.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Refusal;
use super::call::Call;

const KEPT: Duration = Duration::from_hours(24);

/// The creates that were sent with a token.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, Sent>);

#[derive(Debug)]
struct Sent {
    at: Timestamp,
    target: String,
    body: Option<Value>,
    resource: String,
}

impl Tokens {
    /// The id of the resource that an earlier request with this token made, or `None` when the
    /// token is new.
    pub(super) fn earlier(&self, call: &Call, now: Timestamp) -> Result<Option<String>, Refusal> {
        let Some(sent) = call
            .header("opc-retry-token")
            .and_then(|token| self.0.get(&token))
            .filter(|sent| now.duration_since(sent.at).unsigned_abs() < KEPT)
        else {
            return Ok(None);
        };
        if sent.target == call.target && sent.body == content(call) {
            Ok(Some(sent.resource.clone()))
        } else {
            Err(invalidated())
        }
    }

    pub(super) fn remember(&mut self, call: &Call, now: Timestamp, resource: &str) {
        if let Some(token) = call.header("opc-retry-token") {
            let sent = Sent {
                at: now,
                target: call.target.clone(),
                body: content(call),
                resource: resource.to_owned(),
            };
            self.0.insert(token, sent);
        }
    }
}

/// The refusal of a token that cannot be honoured.
pub(super) fn invalidated() -> Refusal {
    Refusal::new(
        409,
        "InvalidatedRetryToken",
        "The retry token was used for another request, or its resource has changed or is gone.",
    )
}

/// The body's meaning: two spellings of one JSON object are the same request.
fn content(call: &Call) -> Option<Value> {
    serde_json::from_slice(&call.body).ok()
}

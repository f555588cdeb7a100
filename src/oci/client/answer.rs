//! What came back: the headers that matter, and a body as JSON or as text.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Request;
use crate::oci::endpoints::Service;
use crate::oci::error::{Error, bounded};

const LONGEST_EXCERPT: usize = 200;
/// Longer than anyone waits; more is the same.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);

/// A plain-text answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text as it came, except that bytes which are no UTF-8 are replaced.
    pub text: String,
    /// Bytes after this part, where OCI tells.
    pub remaining: Option<u64>,
}

/// An answer of status 2xx.
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

/// The headers that matter.
pub(super) struct Head {
    pub(super) etag: Option<String>,
    pub(super) next_page: Option<String>,
    remaining: Option<u64>,
    /// OCI's, which begins with ours, or ours alone where the answer names none.
    pub(super) request_id: String,
    pub(super) retry_after: Option<Duration>,
    pub(super) date: Option<Timestamp>,
    is_page: bool,
}

impl Head {
    /// `sent` is the id that the request bore.
    pub(super) fn of(response: &Response, sent: &str, now: Timestamp) -> Self {
        let text = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let kind = text("content-type").unwrap_or_default();
        Self {
            etag: text("etag"),
            next_page: text("opc-next-page"),
            remaining: text("opc-bytes-remaining").and_then(|n| n.parse().ok()),
            request_id: bounded(text("opc-request-id").as_deref().unwrap_or(sent)),
            retry_after: text("retry-after").and_then(|value| wait_in(&value, now)),
            date: text("date").and_then(|value| date_in(&value)),
            is_page: kind.to_ascii_lowercase().starts_with("text/html"),
        }
    }
}

impl Answer {
    /// Refuses what a proxy or a log-in page answers in OCI's place: OCI sends no web pages.
    pub(super) fn checked(self, request: &Request) -> Result<Self, Error> {
        if self.head.is_page {
            let excerpt = excerpt(request, &self.body);
            return Err(self.broken(request, "it is a web page", excerpt));
        }
        Ok(self)
    }

    /// Reads the body as `T`. Members that are `null` count as left out.
    pub(super) fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let value = if self.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.body).map_err(|why| {
                self.broken(request, &why.to_string(), excerpt(request, &self.body))
            })?
        };
        serde_json::from_value(without_nulls(value))
            .map_err(|why| self.broken(request, &why.to_string(), None))
    }

    fn broken(&self, request: &Request, what: &str, excerpt: Option<String>) -> Error {
        Error::Decode {
            operation: request.operation(),
            what: bounded(what),
            excerpt,
            request_id: Some(self.head.request_id.clone()),
        }
    }

    pub(super) fn text(&self) -> Text {
        Text {
            text: String::from_utf8_lossy(&self.body).into_owned(),
            remaining: self.head.remaining,
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// The beginning of a body that is no JSON; never of a secret.
pub(super) fn excerpt(request: &Request, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.get(..LONGEST_EXCERPT).unwrap_or(body));
    (request.service != Service::Secrets && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3).
fn wait_in(value: &str, now: Timestamp) -> Option<Duration> {
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => date_in(value)?
            .duration_since(now)
            .try_into()
            .unwrap_or_default(),
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

fn date_in(value: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let wait = |value| wait_in(value, now).map(|wait| wait.as_secs());
        assert_eq!(wait("40"), Some(40));
        assert_eq!(wait("Sun, 22 Nov 2026 10:01:30 GMT"), Some(90));
        assert_eq!(wait("Sun, 22 Nov 2026 09:00:00 GMT"), Some(0));
        assert_eq!(wait("18446744073709551615"), Some(86_400));
        assert_eq!(wait("soon"), None);
    }
}

//! One try: sign, send, read a bounded answer, and tell what kind of error it is.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, IF_MATCH};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::request::Method;
use super::{Inner, Request};
use crate::oci::endpoints::Service;
use crate::oci::error::{Error, TransportKind, bounded};
use crate::oci::signing::{self, ToSign};

/// Bytes of an answer that are read at most, unpacked.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;
const LONGEST_EXCERPT: usize = 200;
/// Longer than anyone waits; more is the same.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(24);
/// OCI refuses a date that is further off.
const ALLOWED_SKEW: Duration = Duration::from_mins(5);

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
    body: Vec<u8>,
    pub(super) etag: Option<String>,
    pub(super) next_page: Option<String>,
    remaining: Option<u64>,
    request_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Inner {
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let now = self.clock.now();
        if let Some(expired) = self.profile.session_expiry().filter(|end| *end <= now) {
            return Err(Error::SessionExpired { expired });
        }
        let response = self
            .prepare(request, now)?
            .send()
            .await
            .map_err(|why| transport(request, &why))?;
        let status = response.status().as_u16();
        let head = Head::of(&response);
        let body = read(request, response).await?;
        if !(200..300).contains(&status) {
            return Err(refusal(request, status, head, &body, self.clock.now()));
        }
        Ok(Answer {
            body,
            etag: head.etag,
            next_page: head.next_page,
            remaining: head.remaining,
            request_id: head.request_id,
        })
    }

    fn prepare(&self, request: &Request, now: Timestamp) -> Result<reqwest::RequestBuilder, Error> {
        let unsendable = |why: &dyn std::fmt::Display| request.unsendable(&why.to_string());
        let url = request.url(&self.endpoints)?;
        let body = match (&request.body, request.has_body()) {
            (Some(body), true) => Some(serde_json::to_vec(body).map_err(|why| unsendable(&why))?),
            (None, true) => Some(Vec::new()),
            (_, false) => None,
        };
        let (method, lower) = match request.method {
            Method::Get => (reqwest::Method::GET, "get"),
            Method::Post => (reqwest::Method::POST, "post"),
            Method::Put => (reqwest::Method::PUT, "put"),
            Method::Delete => (reqwest::Method::DELETE, "delete"),
        };
        let date = signing::http_date(now).map_err(|why| unsendable(&why))?;
        let to_sign = ToSign {
            method: lower,
            url: &url,
            body: body.as_deref(),
            date: &date,
        };
        let signed = signing::sign(&to_sign, &self.profile.key_id(), self.profile.key())
            .map_err(|why| unsendable(&why))?;
        let mut authorization =
            HeaderValue::from_str(&signed.authorization).map_err(|why| unsendable(&why))?;
        authorization.set_sensitive(true);
        let mut out = self
            .http
            .request(method, url)
            .header(DATE, signed.date)
            .header(AUTHORIZATION, authorization)
            .header("accept", "application/json");
        if let (Some(body), Some(hash)) = (body, signed.content_hash) {
            out = out
                .header(CONTENT_TYPE, signing::CONTENT_TYPE)
                .header(CONTENT_LENGTH, body.len())
                .header("x-content-sha256", hash)
                .body(body);
        }
        if let Some(token) = &request.token {
            out = out.header("opc-retry-token", token.as_str());
        }
        if let Some(etag) = &request.if_match {
            out = out.header(IF_MATCH, etag);
        }
        Ok(out)
    }
}

/// The headers that matter.
struct Head {
    etag: Option<String>,
    next_page: Option<String>,
    remaining: Option<u64>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    date: Option<Timestamp>,
}

impl Head {
    fn of(response: &Response) -> Self {
        let text = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        Self {
            etag: text("etag"),
            next_page: text("opc-next-page"),
            remaining: text("opc-bytes-remaining").and_then(|n| n.parse().ok()),
            request_id: text("opc-request-id").as_deref().map(bounded),
            retry_after: text("retry-after")
                .and_then(|n| n.parse().ok())
                .map(|seconds: u64| Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER)),
            date: text("date").and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()),
        }
    }
}

impl Answer {
    /// Reads the body as `T`. Members that are `null` count as left out.
    pub(super) fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        let broken = |what: &dyn std::fmt::Display, excerpt| Error::Decode {
            operation: request.operation(),
            what: bounded(&what.to_string()),
            excerpt,
            request_id: self.request_id.clone(),
        };
        let value = if self.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.body)
                .map_err(|why| broken(&why, excerpt(request, &self.body)))?
        };
        serde_json::from_value(without_nulls(value)).map_err(|why| broken(&why, None))
    }

    pub(super) fn text(&self) -> Text {
        Text {
            text: String::from_utf8_lossy(&self.body).into_owned(),
            remaining: self.remaining,
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

async fn read(request: &Request, mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|why| transport(request, &why))?
    {
        if body.len() + part.len() > LONGEST_ANSWER {
            return Err(Error::TooLarge {
                operation: request.operation(),
                limit: LONGEST_ANSWER,
            });
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn refusal(request: &Request, status: u16, head: Head, body: &[u8], now: Timestamp) -> Error {
    let skew = head.date.map(|theirs| now.duration_since(theirs));
    if let Some(skew) = skew.filter(|skew| status == 401 && skew.unsigned_abs() > ALLOWED_SKEW) {
        return Error::Skewed {
            operation: request.operation(),
            by: skew.unsigned_abs(),
            ahead: skew.is_positive(),
            request_id: head.request_id,
        };
    }
    let told: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let message = if told.message.is_empty() {
        excerpt(request, body).unwrap_or_else(|| "no message".to_owned())
    } else {
        bounded(&told.message)
    };
    Error::Service {
        operation: request.operation(),
        status,
        code: bounded(&told.code),
        message,
        request_id: head.request_id,
        retry_after: head.retry_after,
        in_doubt: false,
    }
}

fn transport(request: &Request, why: &reqwest::Error) -> Error {
    let detail = bounded(&causes(why));
    let kind = if is_tls(why) {
        TransportKind::Tls
    } else if why.is_connect() {
        TransportKind::Connect
    } else if why.is_timeout() {
        TransportKind::Timeout
    } else {
        TransportKind::Broken
    };
    let in_doubt = !matches!(kind, TransportKind::Connect | TransportKind::Tls);
    Error::Transport {
        operation: request.operation(),
        kind,
        detail,
        in_doubt,
    }
}

fn is_tls(why: &reqwest::Error) -> bool {
    let mut cause = why.source();
    while let Some(this) = cause {
        if this.is::<rustls::Error>() {
            return true;
        }
        // An I/O error passes over what it wraps when asked for its source.
        cause = match this
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped),
            None => this.source(),
        };
    }
    false
}

/// An error with all that caused it, outermost first. URLs are left out: they hold identifiers.
pub(super) fn causes(why: &(dyn StdError + 'static)) -> String {
    let mut said = Vec::new();
    let mut cause = Some(why);
    while let Some(this) = cause {
        let words = this.to_string();
        let words = words
            .split(" for url (")
            .next()
            .unwrap_or_default()
            .to_owned();
        if said.last() != Some(&words) {
            said.push(words);
        }
        cause = this.source();
    }
    said.join(": ")
}

/// The beginning of a body that is no JSON; never of a secret.
fn excerpt(request: &Request, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.get(..LONGEST_EXCERPT).unwrap_or(body));
    (request.service != Service::Secrets && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

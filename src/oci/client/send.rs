//! One try: sign, send, read a bounded answer, and tell what kind of error it is.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, IF_MATCH};
use ring::rand::{SecureRandom, SystemRandom};

use super::answer::{Answer, Head};
use super::request::Method;
use super::{Inner, Request};
use crate::oci::error::{Error, TransportKind, bounded};
use crate::oci::signing::{self, ToSign};

/// Bytes of an answer that are read at most, unpacked.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

impl Inner {
    /// Sends once and takes at most `limit` for it, the answer's last byte included.
    pub(super) async fn send(&self, request: &Request, limit: Duration) -> Result<Answer, Error> {
        let now = self.clock.now();
        if let Some(expired) = self.profile.session_expiry().filter(|end| *end <= now) {
            return Err(Error::SessionExpired { expired });
        }
        let id = request_id().ok_or_else(|| request.unsendable("there is no randomness"))?;
        let response = self
            .prepare(request, now, &id)?
            .timeout(limit)
            .send()
            .await
            .map_err(|why| transport(request, &why, &id))?;
        let status = response.status().as_u16();
        let head = Head::of(&response, &id, self.clock.now());
        if let Some(theirs) = head.date {
            let ahead = self.clock.now().duration_since(theirs);
            // Only the first counts; that another was told already is no fault.
            let _ = self.ahead.set(ahead);
        }
        let body = read(request, response, &head.request_id).await?;
        let answer = Answer { head, body };
        if !(200..300).contains(&status) {
            return Err(self.refusal(request, status, &answer, self.clock.now()));
        }
        let answer = answer.checked(request)?;
        self.proven
            .learn(request, &answer.body, &self.profile, &self.endpoints);
        Ok(answer)
    }

    fn prepare(
        &self,
        request: &Request,
        now: Timestamp,
        id: &str,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let unsendable = |why: &dyn std::fmt::Display| request.unsendable(&why.to_string());
        let url = request.url(self.endpoints_for(request.service))?;
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
            .header("accept", "application/json")
            .header("opc-request-id", id);
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

/// An id of our own, as Oracle's SDKs send one: OCI's begins with it, and it names the request to
/// Oracle's support where no answer came.
fn request_id() -> Option<String> {
    let mut random = [0_u8; 16];
    SystemRandom::new().fill(&mut random).ok()?;
    let digits = |id: String, byte: &u8| format!("{id}{byte:02X}");
    Some(random.iter().fold(String::new(), digits))
}

async fn read(request: &Request, mut response: Response, id: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|why| transport(request, &why, id))?
    {
        if body.len() + part.len() > LONGEST_ANSWER {
            return Err(Error::TooLarge {
                operation: request.operation(),
                limit: LONGEST_ANSWER,
                request_id: id.to_owned(),
            });
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn transport(request: &Request, why: &reqwest::Error, id: &str) -> Error {
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
    let arrived = !matches!(kind, TransportKind::Connect | TransportKind::Tls);
    Error::Transport {
        operation: request.operation(),
        kind,
        detail,
        in_doubt: arrived,
        request_id: arrived.then(|| id.to_owned()),
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

//! The signature of a request: draft-cavage-http-signatures-08 as OCI's page "Request Signatures"
//! narrows it.
//!
//! What is signed is what is sent: the target and host are read off the very URL of the request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use reqwest::Url;
use ring::digest;

use super::key::{KeyError, SigningKey};

/// Headers that a signed request must carry, besides `host`, which follows from its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) date: String,
    pub(super) authorization: String,
    /// For requests that have a body, be it empty.
    pub(super) content_hash: Option<String>,
}

/// A request about to be signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToSign<'a> {
    /// Lower-case method.
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    /// The body's bytes, for methods that have one.
    pub(super) body: Option<&'a [u8]>,
    pub(super) date: &'a str,
}

pub(super) const CONTENT_TYPE: &str = "application/json";

/// `date` as OCI reads it.
pub(super) fn http_date(now: Timestamp) -> Result<String, jiff::Error> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&now)
}

/// Signs for `key_id` with its key.
pub(super) fn sign(
    request: &ToSign<'_>,
    key_id: &str,
    key: &SigningKey,
) -> Result<Signed, KeyError> {
    let content_hash = request
        .body
        .map(|body| STANDARD.encode(digest::digest(&digest::SHA256, body)));
    let (names, text) = signing_string(request, content_hash.as_deref());
    let signature = STANDARD.encode(key.sign(text.as_bytes())?);
    Ok(Signed {
        date: request.date.to_owned(),
        authorization: format!(
            "Signature version=\"1\",headers=\"{names}\",keyId=\"{key_id}\",\
             algorithm=\"rsa-sha256\",signature=\"{signature}\""
        ),
        content_hash,
    })
}

/// The names of the signed headers, and the text that is signed.
pub(super) fn signing_string(
    request: &ToSign<'_>,
    content_hash: Option<&str>,
) -> (&'static str, String) {
    let ToSign {
        method, url, date, ..
    } = request;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let head = format!(
        "date: {date}\n(request-target): {method} {target}\nhost: {}",
        host(url)
    );
    match (request.body, content_hash) {
        (Some(body), Some(hash)) => (
            "date (request-target) host content-length content-type x-content-sha256",
            format!(
                "{head}\ncontent-length: {}\ncontent-type: {CONTENT_TYPE}\nx-content-sha256: {hash}",
                body.len()
            ),
        ),
        _ => ("date (request-target) host", head),
    }
}

/// The `Host` header: the port shows unless it is the scheme's own.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;

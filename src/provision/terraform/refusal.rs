//! OCI's own answer inside the words of the provider, as the client of the direct engine would have
//! it: so that both engines decide and explain alike.
//!
//! The provider has changed its words over the years; operators pin old ones.

use crate::domain::text;
use crate::oci::Error;

/// The answer of OCI that a complaint of the provider tells of.
pub(super) fn answer(words: &str) -> Option<Error> {
    let (status, code, message) = current(words)
        .or_else(|| older(words))
        .or_else(|| oldest(words))
        .or_else(|| pooled(words))?;
    let operation = field(words, "Request Target:").or_else(|| field(words, "Operation Name:"));
    let request_id = ["OPC request ID:", "Opc request id:", "opc-request-id:"]
        .into_iter()
        .find_map(|name| field(words, name));
    Some(Error::Service {
        operation: operation.map_or("the request".to_owned(), path_only).into(),
        status,
        code: text::line(code).into(),
        message: text::line(message).into(),
        request_id: request_id.map(|id| text::line(id.trim_end_matches([')', '.']))),
        retry_after: None,
        in_doubt: false,
        evidence: None,
    })
}

/// `500-InternalError, Out of host capacity.`
fn current(words: &str) -> Option<(u16, &str, &str)> {
    words.lines().find_map(|line| {
        let line = line.trim().strip_prefix("Error: ").unwrap_or(line.trim());
        let (head, message) = line.split_once(", ")?;
        let (status, code) = coded(head)?;
        Some((status, code, message.trim()))
    })
}

/// `500-InternalError` and, on a line of its own, `Error Message: Out of host capacity.`
fn older(words: &str) -> Option<(u16, &str, &str)> {
    let message = field(words, "Error Message:")?;
    let (status, code) = words.lines().find_map(|line| {
        let line = line.trim();
        coded(line.strip_prefix("Error: ").unwrap_or(line).trim())
    })?;
    Some((status, code, message))
}

/// `Service error:InternalError. Out of host capacity.. http status code: 500.`
fn oldest(words: &str) -> Option<(u16, &str, &str)> {
    let (_, rest) = words.split_once("Service error:")?;
    let (code, rest) = rest.split_once(". ")?;
    let (message, rest) = rest.split_once(" http status code: ")?;
    let status = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    let message = message.strip_suffix('.').unwrap_or(message);
    Some((status.parse().ok()?, code.trim(), message))
}

/// `(500, InternalError, false) Out of host capacity. (opc-request-id: …)`
fn pooled(words: &str) -> Option<(u16, &str, &str)> {
    let (_, rest) = words.split_once('(')?;
    let (head, message) = rest.split_once(')')?;
    let mut parts = head.split(", ");
    let status: u16 = parts.next()?.trim().parse().ok()?;
    let code = parts.next().filter(|_| (300..600).contains(&status))?;
    let message = message.split("(opc-request-id").next()?;
    Some((status, code, message.trim()))
}

fn coded(head: &str) -> Option<(u16, &str)> {
    let (status, code) = head.split_once('-')?;
    let plain = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let status: u16 = status.parse().ok()?;
    (plain && (300..600).contains(&status)).then_some((status, code))
}

fn field<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(name)?;
    rest.lines().next().map(str::trim)
}

/// Method and path; which host answered tells nothing.
fn path_only(target: &str) -> String {
    let (method, url) = target.split_once(' ').unwrap_or(("", target));
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    text::line(format!("{method} {}", path.unwrap_or(url)).trim())
}

//! One DNS record as Cloudflare keeps it, and what Cloudflare refuses about one.
//!
//! Bodies arrive as JSON values and are checked here, field by field; nothing here knows of HTTP
//! routes or of other records.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::Refusal;

const AUTOMATIC_TTL: u64 = 1;
const TYPES: &[&str] = &["A", "AAAA", "CNAME", "TXT", "NS", "MX", "CAA", "SRV", "PTR"];

/// A record of a zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// The fully qualified name, lower case, without a trailing dot.
    pub(crate) name: String,
    pub(crate) content: String,
    /// Seconds; 1 means automatic.
    pub(crate) ttl: u64,
    pub(crate) proxied: bool,
    pub(crate) comment: Option<String>,
    pub(crate) tags: Vec<Value>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl Record {
    /// A plain record, as a controller asks for it.
    pub(crate) fn new(kind: &str, name: &str, content: &str) -> Self {
        Self {
            id: String::new(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            content: content.to_owned(),
            ttl: AUTOMATIC_TTL,
            proxied: false,
            comment: None,
            tags: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether Cloudflare can put its proxy before such a record.
    pub(crate) fn proxiable(&self) -> bool {
        matches!(self.kind.as_str(), "A" | "AAAA" | "CNAME")
    }

    /// The record as the API shows it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "type": self.kind, "content": self.content,
            "proxiable": self.proxiable(), "proxied": self.proxied, "ttl": self.ttl,
            "settings": {}, "meta": {}, "comment": self.comment, "tags": self.tags,
            "created_on": precise(self.created), "modified_on": precise(self.modified),
        })
    }

    /// The record with the fields of `body` in place of its own.
    pub(super) fn with(&self, body: &Value, apex: &str) -> Result<Self, Refusal> {
        let Some(body) = body.as_object() else {
            return Err(Refusal::bad_request(
                "the request body is not a JSON object",
            ));
        };
        let mut next = self.clone();
        if let Some(kind) = text(body, "type")? {
            next.kind = kind.to_ascii_uppercase();
        }
        if let Some(name) = text(body, "name")? {
            next.name = qualified(&name, apex);
        }
        if let Some(content) = text(body, "content")? {
            next.content = content;
        }
        if let Some(ttl) = body.get("ttl") {
            // The generated SDKs send a float.
            next.ttl = match (ttl.as_u64(), ttl.as_f64()) {
                (Some(whole), _) => whole,
                (None, Some(1.0)) => AUTOMATIC_TTL,
                _ => return Err(Refusal::validation(9021, "Invalid TTL.")),
            };
        }
        if let Some(proxied) = body.get("proxied").and_then(Value::as_bool) {
            next.proxied = proxied;
        }
        if let Some(comment) = body.get("comment") {
            next.comment = comment.as_str().map(str::to_owned);
        }
        if let Some(tags) = body.get("tags").and_then(Value::as_array) {
            next.tags.clone_from(tags);
        }
        next.checked(apex)
    }

    fn checked(mut self, apex: &str) -> Result<Self, Refusal> {
        if !TYPES.contains(&self.kind.as_str()) {
            return Err(Refusal::validation(9004, "Invalid record type."));
        }
        if self.name.is_empty() || !within(&self.name, apex) {
            return Err(Refusal::validation(
                9000,
                "DNS name is invalid: it is not a name of this zone.",
            ));
        }
        let refused = match self.kind.as_str() {
            "A" if self.content.parse::<Ipv4Addr>().is_err() => {
                Some((9005, "Content for A record must be a valid IPv4 address."))
            }
            "AAAA" if self.content.parse::<Ipv6Addr>().is_err() => Some((
                9006,
                "Content for AAAA record must be a valid IPv6 address.",
            )),
            _ if self.content.is_empty() => Some((9007, "Content for the record is missing.")),
            _ if self.ttl != AUTOMATIC_TTL && !(60..=86_400).contains(&self.ttl) => Some((
                9021,
                "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.",
            )),
            _ if self.proxied && !self.proxiable() => {
                Some((9004, "This record type cannot be proxied."))
            }
            _ => None,
        };
        if let Some((code, message)) = refused {
            return Err(Refusal::validation(code, message));
        }
        if self.proxied {
            self.ttl = AUTOMATIC_TTL;
        }
        Ok(self)
    }
}

/// Whether `name` is `apex` or below it.
pub(super) fn within(name: &str, apex: &str) -> bool {
    name == apex
        || name
            .strip_suffix(apex)
            .is_some_and(|head| head.ends_with('.'))
}

fn qualified(name: &str, apex: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if name == "@" {
        apex.to_owned()
    } else if within(&name, apex) {
        name
    } else {
        format!("{name}.{apex}")
    }
}

fn text(body: &Map<String, Value>, key: &str) -> Result<Option<String>, Refusal> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value.clone())),
        Some(_) => Err(Refusal::bad_request(&format!("{key} must be a string"))),
    }
}

fn precise(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

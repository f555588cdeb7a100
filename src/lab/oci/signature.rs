//! Verifies request signatures: draft-cavage-http-signatures-08 as OCI uses it.
//!
//! Order of the header's parts and of the signed headers is the client's choice, so both are read
//! and none is compared as text. Whatever is wrong, the answer is the same.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ring::digest;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::call::Call;

/// Oracle's bound on how far a client's clock may be off.
const LARGEST_SKEW: Duration = Duration::from_mins(5);
const ALWAYS_SIGNED: [&str; 2] = ["(request-target)", "host"];
const SIGNED_WITH_BODY: [&str; 3] = ["content-length", "content-type", "x-content-sha256"];

/// The public keys that may sign: key id (`tenancy/user/fingerprint`) to `RSAPublicKey` DER.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownKeys(HashMap<String, Vec<u8>>);

impl KnownKeys {
    pub(super) fn add(&mut self, id: String, der: Vec<u8>) {
        self.0.insert(id, der);
    }

    /// The id of the key that signed `call`, or `None` whatever is wrong with it.
    pub(super) fn signer(&self, call: &Call, now: Timestamp) -> Option<String> {
        let header = call.header("authorization")?;
        let parts = parts(&header)?;
        let key_id = *parts.get("keyId")?;
        let key = self.0.get(key_id)?;
        let signed: Vec<String> = parts
            .get("headers")?
            .split_whitespace()
            .map(str::to_ascii_lowercase)
            .collect();
        let well_formed = parts
            .get("algorithm")
            .is_some_and(|name| name.eq_ignore_ascii_case("rsa-sha256"))
            && parts.get("version").is_none_or(|version| *version == "1");
        if !well_formed || !covers(&signed, &call.method) {
            return None;
        }
        if !dated(call, &signed, now) || !body_is_what_was_signed(call) {
            return None;
        }
        let text = signing_string(call, &signed)?;
        let signature = BASE64.decode(parts.get("signature")?).ok()?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(text.as_bytes(), &signature)
            .ok()
            .map(|()| key_id.to_owned())
    }
}

/// The `key="value"` parts of `Authorization: Signature …`.
fn parts(header: &str) -> Option<HashMap<&str, &str>> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("signature") {
        return None;
    }
    rest.split(',')
        .map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            Some((key.trim(), value))
        })
        .collect()
}

fn has_body(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PUT || *method == Method::PATCH
}

fn covers(signed: &[String], method: &Method) -> bool {
    let has = |name: &str| signed.iter().any(|signed| signed == name);
    ALWAYS_SIGNED.iter().all(|name| has(name))
        && (has("date") || has("x-date"))
        && (!has_body(method) || SIGNED_WITH_BODY.iter().all(|name| has(name)))
}

fn dated(call: &Call, signed: &[String], now: Timestamp) -> bool {
    let name = if signed.iter().any(|name| name == "x-date") {
        "x-date"
    } else {
        "date"
    };
    call.header(name)
        .and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(&text).ok())
        .is_some_and(|date| now.duration_since(date).unsigned_abs() <= LARGEST_SKEW)
}

fn body_is_what_was_signed(call: &Call) -> bool {
    if !has_body(&call.method) {
        return true;
    }
    let hash = BASE64.encode(digest::digest(&digest::SHA256, &call.body));
    call.header("x-content-sha256").as_deref() == Some(hash.as_str())
        && call.header("content-length").as_deref() == Some(call.body.len().to_string().as_str())
}

fn signing_string(call: &Call, signed: &[String]) -> Option<String> {
    let lines: Option<Vec<String>> = signed
        .iter()
        .map(|name| {
            let value = if name == "(request-target)" {
                format!(
                    "{} {}",
                    call.method.as_str().to_ascii_lowercase(),
                    call.target
                )
            } else {
                call.header(name)?
            };
            Some(format!("{name}: {value}"))
        })
        .collect();
    Some(lines?.join("\n"))
}

//! Bodies of requests: JSON, YAML, and the protobuf that client-go sends.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::protobuf;
use super::status::Failure;

/// Reads a body by its media type.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Failure> {
    let invalid = |error: String| Failure::bad_request(format!("couldn't read the body: {error}"));
    let unsupported = || Failure::unsupported_media("application/json, application/yaml");
    match media(headers) {
        "application/vnd.kubernetes.protobuf" => protobuf::read(body).ok_or_else(unsupported),
        "application/cbor" => Err(unsupported()),
        "application/yaml" => {
            let text = std::str::from_utf8(body).map_err(|error| invalid(error.to_string()))?;
            serde_saphyr::from_str(text).map_err(|error| invalid(error.to_string()))
        }
        _ => serde_json::from_slice(body).map_err(|error| invalid(error.to_string())),
    }
}

/// A body's media type, without parameters; JSON where none is said.
pub(super) fn media(headers: &HeaderMap) -> &str {
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or("application/json");
    media.split(';').next().unwrap_or_default().trim()
}

/// The program's name in its user agent: who writes, when it does not say otherwise.
pub(super) fn agent(headers: &HeaderMap) -> &str {
    headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .and_then(|agent| agent.split('/').next())
        .filter(|name| !name.is_empty())
        .unwrap_or("unknown")
}

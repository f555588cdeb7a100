//! What an HTTP-01 challenge is to be answered with. Read for one comparison, and told to nobody.

use secrecy::SecretString;
use serde_json::Value;

use super::connection::Connection;
use super::fault::Fault;
use super::kind::Kind;
use super::look;
use crate::domain::issuance::Challenge;
use crate::domain::object::ObjectRef;

/// A challenge, as the ACME server poses it.
#[derive(Debug)]
pub struct Posed {
    /// The host to prove.
    pub host: String,
    /// The last part of the path that is asked for.
    pub token: String,
    /// What the answer must be (RFC 8555, 8.1).
    pub key: SecretString,
}

/// The challenge of this name; nothing where there is none.
pub async fn posed(connection: &Connection, of: &ObjectRef) -> Result<Option<Posed>, Fault> {
    let found = look::object(connection, &<Challenge as Kind>::API, of).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let text = |field: &str| {
        let value = found.pointer(field).and_then(Value::as_str);
        value.map(str::to_owned).unwrap_or_default()
    };
    let posed = Posed {
        host: text("/spec/dnsName"),
        token: text("/spec/token"),
        key: text("/spec/key").into(),
    };
    // RFC 8555, 8.3: a token has only the letters of base64url, so that it is a path as it stands.
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if posed.token.is_empty() || !posed.token.chars().all(legal) {
        return Err(Fault::Answer(
            "the challenge has no token for HTTP-01".into(),
        ));
    }
    Ok(Some(posed))
}

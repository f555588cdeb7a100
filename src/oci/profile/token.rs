//! A session token: a JWT that stands for user and fingerprint for about an hour.
//!
//! Only its end is read from it; OCI alone decides whether it is valid.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

/// A session token and when it ends.
#[derive(Clone, Debug)]
pub(super) struct Session {
    token: SecretString,
    expiry: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Claims {
    exp: Option<i64>,
}

impl Session {
    /// Takes a file's content that is one word fit for a header.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let token = std::str::from_utf8(text).ok()?.trim();
        let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
        if token.is_empty() || !token.chars().all(plain) {
            return None;
        }
        let expiry = token
            .split('.')
            .nth(1)
            .and_then(|claims| URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok())
            .and_then(|claims| serde_json::from_slice::<Claims>(&claims).ok())
            .and_then(|claims| Timestamp::from_second(claims.exp?).ok());
        Some(Self {
            token: SecretString::from(token),
            expiry,
        })
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    pub(super) fn expiry(&self) -> Option<Timestamp> {
        self.expiry
    }
}

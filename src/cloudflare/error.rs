//! What Cloudflare refuses, in kinds that call for different acts.

use std::time::Duration;

use super::wire::Complaint;
use crate::domain::line::Line;

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address is neither https nor this machine.
    #[error(
        "`{0}` is no address for the Cloudflare API: it must be https, or http to this machine"
    )]
    Address(Line),
    /// 401, or a token of the wrong form.
    #[error("Cloudflare does not accept the API token: {0}")]
    Token(Line),
    /// 403: the token is good, but not for this.
    #[error("the Cloudflare token lacks a permission (Zone:Read and DNS:Read are needed): {0}")]
    Permission(Line),
    /// 404: not there, or not for this token.
    #[error("Cloudflare does not find it: {0}")]
    NotFound(Line),
    /// 429: 1,200 requests in five minutes are allowed.
    #[error("Cloudflare asks to wait: too many requests")]
    RateLimited {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Another refusal.
    #[error("Cloudflare answered {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its own words.
        message: Line,
    },
    /// Such a record stands already (81057, 81058).
    #[error("Cloudflare has it already: {0}")]
    Identical(Line),
    /// 403 for a change.
    #[error("the Cloudflare token may not change records (DNS:Edit is needed): {0}")]
    MayNotEdit(Line),
    /// Nothing is changed with `--read-only`.
    #[error("nothing is changed with --read-only")]
    ReadOnly,
    /// No connection, or it broke.
    #[error("cannot reach Cloudflare: {0}")]
    Unreachable(Line),
    /// The answer was not understood.
    #[error("Cloudflare's answer is not understood: {0}")]
    Answer(Line),
}

/// Codes that mean a bad token, whatever the HTTP status (a malformed one is a 400).
const TOKEN_CODES: &[u32] = &[1_000, 6_003, 6_111, 9_109];

/// Codes of a create that has nothing to do.
const IDENTICAL_CODES: &[u32] = &[81_057, 81_058];

impl Error {
    /// Whether what was asked for may have been done all the same.
    pub fn is_unclear(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Answer(_) => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::Address(_)
            | Self::Token(_)
            | Self::Permission(_)
            | Self::NotFound(_)
            | Self::RateLimited { .. }
            | Self::Identical(_)
            | Self::MayNotEdit(_)
            | Self::ReadOnly => false,
        }
    }

    pub(super) fn refused(
        status: u16,
        retry_after: Option<Duration>,
        complaints: &[Complaint],
    ) -> Self {
        let words: Vec<String> = complaints.iter().map(Complaint::to_words).collect();
        let message = Line::new(&words.join("; "));
        let has = |codes: &[u32]| {
            let mut complaints = complaints.iter();
            complaints.any(|complaint| codes.contains(&complaint.code))
        };
        match status {
            400 if has(IDENTICAL_CODES) => Self::Identical(message),
            429 => Self::RateLimited { retry_after },
            401 => Self::Token(message),
            _ if has(TOKEN_CODES) => Self::Token(message),
            403 => Self::Permission(message),
            404 => Self::NotFound(message),
            status => Self::Refused { status, message },
        }
    }
}

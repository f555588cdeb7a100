//! What can go wrong with a request, with what a person needs to act on it.
//!
//! The predicates are what callers decide by; messages come from OCI as they are, bounded in length.

use std::time::Duration;

use jiff::Timestamp;

use super::evidence::Evidence;

const LONGEST_TEXT: usize = 2_000;

/// Where a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum TransportKind {
    /// No connection: name, address, route, or nobody there.
    #[strum(serialize = "no connection")]
    Connect,
    /// No answer in time.
    #[strum(serialize = "no answer in time")]
    Timeout,
    /// The other side could not prove who it is.
    #[strum(serialize = "TLS failed")]
    Tls,
    /// The connection ended in the middle.
    #[strum(serialize = "the connection broke")]
    Broken,
}

/// A request to OCI that did not end well.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint or region cannot be used.
    #[error("endpoint {what:?} cannot be used: {why}")]
    Endpoint {
        /// What was given.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The request could not be made here; nothing was sent.
    #[error("{operation} could not be prepared: {why}")]
    Unsendable {
        /// Method and path.
        operation: String,
        /// What is wrong.
        why: String,
    },
    /// The profile's session token is no longer valid; nothing was sent.
    #[error("the session token expired at {expired}; run `oci session authenticate` again")]
    SessionExpired {
        /// End of its validity.
        expired: Timestamp,
    },
    /// No answer that could be read.
    #[error("{operation}: {kind}: {detail}{}", .request_id.as_ref().map(|id| format!(" (opc-request-id {id})")).unwrap_or_default())]
    Transport {
        /// Method and path.
        operation: String,
        /// Where it failed.
        kind: TransportKind,
        /// What the layer below says.
        detail: String,
        /// This try or one before may have been carried out.
        in_doubt: bool,
        /// Ours, or OCI's where its answer had begun; none where nothing can have arrived.
        request_id: Option<String>,
    },
    /// OCI answered with an error.
    #[error("{operation}: {status} {code}: {message} (opc-request-id {})", .request_id.as_deref().unwrap_or("unknown"))]
    Service {
        /// Method and path.
        operation: Box<str>,
        /// HTTP status.
        status: u16,
        /// OCI's code, empty where the body had none.
        code: Box<str>,
        /// OCI's message, or the beginning of the body.
        message: Box<str>,
        /// To be named to Oracle's support.
        request_id: Option<String>,
        /// How long OCI asks to wait.
        retry_after: Option<Duration>,
        /// A try before this one may have been carried out.
        in_doubt: bool,
        /// What the client knows beside it.
        evidence: Option<Box<Evidence>>,
    },
    /// Refused because this machine's clock is wrong.
    #[error("{operation}: refused, because this machine's clock is {} {} (OCI allows 5 min); set the clock", spoken(*.by), if *.ahead { "ahead" } else { "behind" })]
    Skewed {
        /// Method and path.
        operation: String,
        /// How much.
        by: Duration,
        /// Whether our clock is ahead of OCI's.
        ahead: bool,
        /// To be named to Oracle's support.
        request_id: Option<String>,
    },
    /// The answer is longer than anything that OCI sends.
    #[error("{operation}: the answer is longer than {limit} bytes (opc-request-id {request_id})")]
    TooLarge {
        /// Method and path.
        operation: String,
        /// The bound, in bytes.
        limit: usize,
        /// To be named to Oracle's support.
        request_id: String,
    },
    /// The list does not end.
    #[error("{operation}: the list did not end after {pages} pages (opc-request-id {request_id})")]
    TooManyPages {
        /// Method and path.
        operation: String,
        /// Pages read.
        pages: usize,
        /// That of the last page.
        request_id: String,
    },
    /// The answer is not what OCI's reference says.
    #[error("{operation}: the answer could not be read: {what}")]
    Decode {
        /// Method and path.
        operation: String,
        /// What did not fit.
        what: String,
        /// The beginning of an answer that is not JSON; a proxy's page, most likely.
        excerpt: Option<String>,
        /// To be named to Oracle's support.
        request_id: Option<String>,
    },
}

impl Error {
    /// 404: it does not exist, or this user may not see it; OCI does not tell which.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// No room for an instance of that shape now. OCI says so with status 500, and only in words.
    pub fn is_out_of_capacity(&self) -> bool {
        matches!(self, Self::Service { message, .. }
            if message.contains("Out of host capacity") || message.contains("Out of capacity for shape"))
    }

    /// A service limit of Oracle's, or a quota of the compartment, is used up.
    pub fn is_limit(&self) -> bool {
        matches!(self.code(), Some("LimitExceeded")) || self.is_quota()
    }

    /// A quota that somebody set on the compartment is used up; Oracle's own limit may not be.
    pub fn is_quota(&self) -> bool {
        self.code() == Some("QuotaExceeded")
    }

    /// That availability domain does not offer the shape: a 404 that says so, in words only.
    pub fn is_shape_missing(&self) -> bool {
        matches!(self, Self::Service { status: 404, message, .. }
            if message.to_lowercase().contains("shape") && message.contains("not found"))
    }

    /// Too many requests; OCI wants them slower.
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// The retry token was used before, with another body or for what is deleted by now.
    pub fn is_token_invalidated(&self) -> bool {
        self.code() == Some("InvalidatedRetryToken")
    }

    /// The resource is in a state that does not allow this now, or something depends on it.
    pub fn is_incorrect_state(&self) -> bool {
        self.status() == Some(409)
            && matches!(
                self.code(),
                Some("IncorrectState" | "LockConflict" | "Conflict")
            )
    }

    /// Something uses the resource, or changes it now; OCI does not tell which.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409) && self.code() == Some("Conflict")
    }

    /// The resource is no longer the version that a change was meant for (412). Read it again; where
    /// the outcome of an earlier try is in doubt, the newer version may be this very change.
    pub fn is_changed_meanwhile(&self) -> bool {
        self.status() == Some(412)
    }

    /// The profile's key, user or rights are not accepted; trying again changes nothing.
    pub fn is_unauthenticated(&self) -> bool {
        self.status() == Some(401)
            || matches!(self, Self::Skewed { .. } | Self::SessionExpired { .. })
    }

    /// It certainly was not carried out, neither by this try nor by one before it.
    pub fn is_definite_refusal(&self) -> bool {
        self.left_untouched()
            && !matches!(
                self,
                Self::Service { in_doubt: true, .. } | Self::Transport { in_doubt: true, .. }
            )
    }

    /// The request's id, for Oracle's support; none where nothing can have arrived there.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Transport { request_id, .. }
            | Self::Service { request_id, .. }
            | Self::Skewed { request_id, .. }
            | Self::Decode { request_id, .. } => request_id.as_deref(),
            Self::TooLarge { request_id, .. } | Self::TooManyPages { request_id, .. } => {
                Some(request_id)
            }
            Self::Endpoint { .. } | Self::Unsendable { .. } | Self::SessionExpired { .. } => None,
        }
    }

    /// What the client knows beside the refusal.
    pub fn evidence(&self) -> Option<&Evidence> {
        if let Self::Service { evidence, .. } = self {
            evidence.as_deref()
        } else {
            None
        }
    }

    /// HTTP status of OCI's answer.
    pub fn status(&self) -> Option<u16> {
        if let Self::Service { status, .. } = self {
            Some(*status)
        } else {
            matches!(self, Self::Skewed { .. }).then_some(401)
        }
    }

    /// OCI's error code.
    pub fn code(&self) -> Option<&str> {
        if let Self::Service { code, .. } = self {
            Some(code)
        } else {
            None
        }
    }

    /// How long OCI asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::Service { retry_after, .. } = self {
            *retry_after
        } else {
            None
        }
    }

    /// This try alone did nothing: refused before it began, or never arrived.
    pub(super) fn left_untouched(&self) -> bool {
        match self {
            Self::Service { status, .. } => {
                self.is_out_of_capacity()
                    || *status == 501
                    || matches!(status, 300..=499 if *status != 408)
            }
            Self::Transport { kind, .. } => {
                matches!(kind, TransportKind::Connect | TransportKind::Tls)
            }
            Self::Endpoint { .. }
            | Self::Unsendable { .. }
            | Self::SessionExpired { .. }
            | Self::Skewed { .. } => true,
            Self::TooLarge { .. } | Self::TooManyPages { .. } | Self::Decode { .. } => false,
        }
    }

    /// Another try may end better.
    pub(super) fn is_worth_repeating(&self) -> bool {
        if let Self::Transport { kind, .. } = self {
            return *kind != TransportKind::Tls;
        }
        let Self::Service { status, code, .. } = self else {
            return false;
        };
        match status {
            409 => matches!(&**code, "IncorrectState" | "LockConflict" | "Conflict"),
            408 | 429 => true,
            501 => false,
            500..=599 => !self.is_out_of_capacity(),
            _ => false,
        }
    }

    /// The same, knowing that a try before it may have been carried out.
    pub(super) fn with_doubt(mut self) -> Self {
        if let Self::Service { in_doubt, .. } | Self::Transport { in_doubt, .. } = &mut self {
            *in_doubt = true;
        }
        self
    }
}

/// The beginning of a text from outside, so that no error is a megabyte long.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn spoken(by: Duration) -> String {
    let seconds = by.as_secs();
    if seconds < 7_200 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60)
    }
}

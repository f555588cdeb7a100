//! What can go wrong with a request to the API server, in kinds that call for different acts.

use std::time::Duration;

use kube::core::Status;
use kube::runtime::watcher;

use super::kind::ApiName;
use crate::domain::line::Line;

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// 401: the credentials are not accepted.
    #[error(
        "the API server does not accept the credentials (401): log in again or renew the kubeconfig"
    )]
    Unauthorized,
    /// 403: the rights do not reach this.
    #[error("{0}")]
    Forbidden(Line),
    /// 404: not served, or not there.
    #[error("not found: {0}")]
    NotFound(Line),
    /// 410: the version that was asked for is too old; list again.
    #[error("the watch fell behind (410)")]
    Gone,
    /// 429: too much at once, or not yet.
    #[error("the API server asks to wait: {message}")]
    TooManyRequests {
        /// Its own words.
        message: Line,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Another refusal.
    #[error("the API server answered {code}: {message}")]
    Refused {
        /// HTTP status.
        code: u16,
        /// Its own words.
        message: Line,
    },
    /// No connection, or it broke.
    #[error("cannot reach the API server: {0}")]
    Unreachable(Line),
    /// The answer was not understood.
    #[error("the API server's answer is not understood: {0}")]
    Answer(Line),
    /// The way to the credentials failed (an exec plugin, a token file).
    #[error("cannot get credentials: {0}")]
    Credentials(Line),
}

impl From<&Status> for Fault {
    fn from(status: &Status) -> Self {
        let words = if status.message.is_empty() {
            &status.reason
        } else {
            &status.message
        };
        let message = Line::new(words.trim());
        match status.code {
            401 => Self::Unauthorized,
            403 => Self::Forbidden(message),
            404 => Self::NotFound(message),
            410 => Self::Gone,
            429 => Self::TooManyRequests {
                message: caused(status, message),
                retry_after: status
                    .details
                    .as_ref()
                    .map(|details| Duration::from_secs(details.retry_after_seconds.into()))
                    .filter(|wait| !wait.is_zero()),
            },
            code => Self::Refused { code, message },
        }
    }
}

impl From<kube::Error> for Fault {
    fn from(error: kube::Error) -> Self {
        let told = || Line::new(&chain(&error));
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library's set of errors is open"
        )]
        match &error {
            kube::Error::Api(status) => Self::from(&**status),
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => Self::Answer(told()),
            kube::Error::Auth(_) => Self::Credentials(told()),
            _ => Self::Unreachable(told()),
        }
    }
}

impl From<watcher::Error> for Fault {
    fn from(error: watcher::Error) -> Self {
        match error {
            watcher::Error::InitialListFailed(error)
            | watcher::Error::WatchStartFailed(error)
            | watcher::Error::WatchFailed(error) => error.into(),
            watcher::Error::WatchError(status) => Self::from(&*status),
            watcher::Error::NoResourceVersion => {
                Self::Answer("the list has no resource version, so it cannot be watched".into())
            }
        }
    }
}

/// A refusal with the causes that it names: of a disruption budget only they say which it is.
fn caused(status: &Status, message: Line) -> Line {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let named: Vec<&str> = causes
        .map(|cause| cause.message.as_str())
        .filter(|words| !words.is_empty())
        .collect();
    if named.is_empty() {
        return message;
    }
    Line::new(&format!("{message} {}", named.join("; ")))
}

/// An error and what caused it, each told once: the deepest cause is what a person needs.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !told.contains(&words) {
            told = format!("{told}: {words}");
        }
        cause = error.source();
    }
    told
}

/// What a person lacks who may not read a kind, and what to do about it.
pub fn hint(api: &ApiName, namespace: Option<&str>, message: &str) -> Line {
    let verb = message
        .split_once("cannot ")
        .and_then(|(_, rest)| rest.split(' ').next());
    let resource = api.resource();
    let place = match (api.namespaced, namespace) {
        (false, _) => "in the cluster",
        (true, None) => "in all namespaces",
        (true, Some(namespace)) => &format!("in namespace {namespace}"),
    };
    let next = if api.namespaced && namespace.is_none() {
        "ask for a role with get, list and watch, or name a namespace with -n"
    } else {
        "ask for a role with get, list and watch"
    };
    Line::new(&format!(
        "may not {} {resource} {place}: {next}",
        verb.unwrap_or("list")
    ))
}

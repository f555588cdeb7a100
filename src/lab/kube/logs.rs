//! Logs of pods: which lines of which container, now and as they come.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use futures::stream;
use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::meta::text;
use super::request::Params;
use super::status::{Failure, text_response};
use crate::clock::Clock;

/// How often a followed log is looked at again.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Which log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogOf {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The container that ran before this one.
    pub previous: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// Without a line end.
    pub text: String,
}

/// All lines that a container has written so far, oldest first; it only grows.
pub type LogSource = Arc<dyn Fn(&LogOf) -> Vec<LogLine> + Send + Sync>;

/// Answers a request for a pod's log.
pub(super) fn answer(
    source: Option<&LogSource>,
    pod: &Value,
    params: &Params,
    cut: CancellationToken,
    now: Timestamp,
) -> Result<Response<Body>, Failure> {
    let of = which(pod, params)?;
    let Some(source) = source.cloned() else {
        return Err(Failure::internal(format!(
            "Get \"https://{}:10250/containerLogs/{}/{}/{}\": dial tcp: connection refused",
            text(pod, "/spec/nodeName"),
            of.namespace,
            of.pod,
            of.container
        )));
    };
    let lines = source(&of);
    let seen = lines.len();
    let stamped = params.flag("timestamps");
    let since = since(params, now)?;
    let mut shown = lines
        .iter()
        .filter(|line| since.is_none_or(|since| line.at >= since))
        .collect::<Vec<_>>();
    if let Some(tail) = params.number("tailLines") {
        let tail = usize::try_from(tail).unwrap_or(usize::MAX);
        shown.drain(..shown.len().saturating_sub(tail));
    }
    let mut out = shown
        .into_iter()
        .map(|line| write(line, stamped))
        .collect::<String>();
    if let Some(limit) = params.number("limitBytes") {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        out.truncate(out.floor_char_boundary(limit));
    }
    if !params.flag("follow") {
        return Ok(text_response(StatusCode::OK, out));
    }
    let first = (!out.is_empty()).then(|| Bytes::from(out));
    let follow = Follow {
        source,
        of,
        seen,
        stamped,
        cut,
        first,
    };
    let pieces = stream::unfold(follow, |mut follow| async move {
        let piece = follow.next().await?;
        Some((Ok::<_, Infallible>(piece), follow))
    });
    Ok(text_response(StatusCode::OK, Body::from_stream(pieces)))
}

struct Follow {
    source: LogSource,
    of: LogOf,
    seen: usize,
    stamped: bool,
    cut: CancellationToken,
    first: Option<Bytes>,
}

impl Follow {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let lines = (self.source)(&self.of);
            let new = lines.get(self.seen..).unwrap_or_default();
            self.seen = lines.len();
            if !new.is_empty() {
                let text = new.iter().map(|line| write(line, self.stamped));
                return Some(Bytes::from(text.collect::<String>()));
            }
            tokio::select! {
                () = self.cut.cancelled() => return None,
                () = Clock::default().sleep(LOOK_EVERY) => {}
            }
        }
    }
}

fn write(line: &LogLine, stamped: bool) -> String {
    if stamped {
        format!(
            "{} {}\n",
            line.at.strftime("%Y-%m-%dT%H:%M:%S%.9fZ"),
            line.text
        )
    } else {
        format!("{}\n", line.text)
    }
}

fn since(params: &Params, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let invalid = |_| Failure::bad_request("sinceTime: Invalid value");
    match (params.number("sinceSeconds"), params.text("sinceTime")) {
        (Some(seconds), _) => Ok(now.checked_sub(Duration::from_secs(seconds)).ok()),
        (None, "") => Ok(None),
        (None, time) => time.parse().map(Some).map_err(invalid),
    }
}

/// The container that is meant: the named one, or the only one.
fn which(pod: &Value, params: &Params) -> Result<LogOf, Failure> {
    let name = text(pod, "/metadata/name");
    let names = |pointer: &str| {
        let list = pod.pointer(pointer).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(|container| text(container, "/name").to_owned())
            .collect::<Vec<_>>()
    };
    let (containers, init) = (names("/spec/containers"), names("/spec/initContainers"));
    let container = match (params.text("container"), containers.as_slice()) {
        ("", [only]) => only.clone(),
        ("", _) => {
            return Err(Failure::bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                containers.join(" ")
            )));
        }
        (asked, _) if containers.iter().chain(&init).any(|one| one == asked) => asked.to_owned(),
        (asked, _) => {
            return Err(Failure::bad_request(format!(
                "container {asked} is not valid for pod {name}"
            )));
        }
    };
    let previous = params.flag("previous");
    let status = ["/status/containerStatuses", "/status/initContainerStatuses"]
        .into_iter()
        .filter_map(|pointer| pod.pointer(pointer)?.as_array())
        .flatten()
        .find(|status| text(status, "/name") == container);
    if previous && status.is_none_or(|one| one.pointer("/lastState/terminated").is_none()) {
        return Err(Failure::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{name}\" not found"
        )));
    }
    let waiting = status.map_or("", |status| text(status, "/state/waiting/reason"));
    if !previous
        && matches!(
            waiting,
            "ContainerCreating" | "ImagePullBackOff" | "ErrImagePull"
        )
    {
        return Err(Failure::bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is waiting to start: {waiting}"
        )));
    }
    Ok(LogOf {
        namespace: text(pod, "/metadata/namespace").to_owned(),
        pod: name.to_owned(),
        container,
        previous,
    })
}

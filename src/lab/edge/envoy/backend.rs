//! From a rule's backends over Service and `EndpointSlices` to the pod that answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::page;
use super::route::Chosen;
use crate::lab::controllers::object::{flag, items, namespace, number, text};
use crate::lab::kube::Objects;

const SLICES: &str = "endpointslices.discovery.k8s.io";
const SERVICE_NAME: &str = "/metadata/labels/kubernetes.io~1service-name";
const NONE_HEALTHY: &str = "no healthy upstream";
const UNREACHABLE: &str =
    "upstream connect error or disconnect/reset before headers. reset reason: connection failure";

const TIMEOUT: &str =
    "upstream connect error or disconnect/reset before headers. reset reason: connection timeout";

/// Whose turn it is where there are several backends or endpoints.
#[derive(Debug, Default)]
pub(super) struct Turns(AtomicUsize);

impl Turns {
    fn of(&self, count: usize) -> Option<usize> {
        let turn = self.0.fetch_add(1, Ordering::Relaxed);
        turn.checked_rem(count)
    }
}

/// The answer of one of the rule's backends, or Envoy's own when there is none to be had.
pub(super) fn answer(
    objects: &Objects,
    chosen: &Chosen,
    (turns, reaches): (&Turns, &dyn Fn(&str) -> bool),
    asked: page::Asked<'_>,
) -> Response<Body> {
    let Some(backend) = pick(items(&chosen.rule, "/backendRefs"), turns) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
    };
    let space = match text(backend, "/namespace") {
        "" => namespace(&chosen.route),
        space => space,
    };
    let Some(port) = service_port(objects, (&chosen.route, chosen.resolved), backend, space) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
    };
    let ready = endpoints(objects, (space, text(backend, "/name")), &port);
    let Some((pod, port)) = turns.of(ready.len()).and_then(|turn| ready.get(turn)) else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, NONE_HEALTHY);
    };
    let node = pod.as_deref().map(|pod| text(pod, "/spec/nodeName"));
    if node.is_some_and(|node| !reaches(node)) {
        return plain(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT);
    }
    pod.as_deref()
        .and_then(|pod| page::answer(pod, *port, asked))
        .unwrap_or_else(|| plain(StatusCode::SERVICE_UNAVAILABLE, UNREACHABLE))
}

/// An answer of Envoy's own.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    if !text.is_empty() {
        let kind = axum::http::HeaderValue::from_static("text/plain");
        let headers = response.headers_mut();
        headers.insert(axum::http::header::CONTENT_TYPE, kind);
    }
    response
}

/// One of the backends, each as often as its weight says.
fn pick<'a>(backends: &'a [Value], turns: &Turns) -> Option<&'a Value> {
    let weight = |backend: &Value| {
        let weight = number(backend, "/weight").unwrap_or(1);
        usize::try_from(weight).unwrap_or(0)
    };
    let total = backends.iter().map(weight).sum();
    let mut turn = turns.of(total)?;
    backends.iter().find(|backend| {
        let own = weight(backend);
        let hit = turn < own;
        turn = turn.saturating_sub(own);
        hit
    })
}

/// The name of the Service's port that a backend means; none for one that cannot be resolved.
pub(super) fn service_port(
    objects: &Objects,
    (route, resolved): (&Value, bool),
    backend: &Value,
    space: &str,
) -> Option<String> {
    let elsewhere = space != namespace(route);
    if !matches!(text(backend, "/kind"), "" | "Service") || (elsewhere && !resolved) {
        return None;
    }
    let service = objects.shared("services", Some(space), text(backend, "/name"))?;
    let wanted = number(backend, "/port")?;
    items(&service, "/spec/ports")
        .iter()
        .find(|port| number(port, "/port") == Some(wanted))
        .map(|port| text(port, "/name").to_owned())
}

pub(super) type Endpoint = (Option<Arc<Value>>, i64);

/// The pods that are ready behind a Service, and the port of each.
pub(super) fn endpoints(
    objects: &Objects,
    (space, service): (&str, &str),
    port: &str,
) -> Vec<Endpoint> {
    let slices = objects.shared_list(SLICES);
    let own = slices
        .iter()
        .filter(|slice| namespace(slice) == space && text(slice, SERVICE_NAME) == service);
    let mut found = Vec::new();
    for slice in own {
        let mut ports = items(slice, "/ports").iter();
        let number = ports
            .find(|one| text(one, "/name") == port)
            .and_then(|one| number(one, "/port"));
        let Some(number) = number else { continue };
        let ready = items(slice, "/endpoints").iter();
        found.extend(
            ready
                .filter(|one| flag(one, "/conditions/ready"))
                .map(|one| {
                    let pod = text(one, "/targetRef/name");
                    (objects.shared("pods", Some(space), pod), number)
                }),
        );
    }
    found
}

//! Which rule of which `HTTPRoute` a request meets, by the precedence that the Gateway API gives.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::http::request::Parts;
use regex::Regex;
use serde_json::{Value, json};

use super::listener::{Fit, admits, fit, is_meant};
use crate::lab::controllers::object::{holds_in, items, name, namespace, text};
use crate::lab::kube::Objects;

const ROUTES: &str = "httproutes.gateway.networking.k8s.io";

/// A rule that was chosen, and the route that it is in.
pub(super) struct Chosen {
    /// The whole route.
    pub(super) route: Arc<Value>,
    /// The rule.
    pub(super) rule: Value,
    /// The rule's number.
    pub(super) index: usize,
    /// The value of the path match that was met.
    pub(super) prefix: String,
    /// Whether Envoy Gateway could resolve all references of the route.
    pub(super) resolved: bool,
}

/// What decides between two matches, the most important first.
type Rank = (
    Fit,
    Fit,
    PathRank,
    bool,
    usize,
    usize,
    Reverse<String>,
    Reverse<String>,
    Reverse<usize>,
);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PathRank {
    Pattern(usize),
    Prefix(usize),
    Exact,
}

/// Looks through all routes that are attached to these listeners of a Gateway.
pub(super) fn choose(
    objects: &Objects,
    gateway: &Value,
    listeners: &[&Value],
    (host, request): (&str, &Parts),
) -> Option<Chosen> {
    let mut best: Option<(Rank, Chosen)> = None;
    for route in objects.shared_list(ROUTES) {
        let Some((fits, resolved)) = attachment(objects, gateway, listeners, &route, host) else {
            continue;
        };
        for (index, rule) in items(&route, "/spec/rules").iter().enumerate() {
            let Some((path, prefix, rest)) = rule_match(rule, request) else {
                continue;
            };
            let age = text(&route, "/metadata/creationTimestamp").to_owned();
            let own = format!("{}/{}", namespace(&route), name(&route));
            let rank = (
                fits.0,
                fits.1,
                path,
                rest.0,
                rest.1,
                rest.2,
                Reverse(age),
                Reverse(own),
                Reverse(index),
            );
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                let chosen = Chosen {
                    route: Arc::clone(&route),
                    rule: rule.clone(),
                    index,
                    prefix,
                    resolved,
                };
                best = Some((rank, chosen));
            }
        }
    }
    best.map(|(_, chosen)| chosen)
}

/// How closely the host fits the listener and the route, if the route is accepted at one of them.
fn attachment(
    objects: &Objects,
    gateway: &Value,
    listeners: &[&Value],
    route: &Value,
    host: &str,
) -> Option<((Fit, Fit), bool)> {
    let own = own_fit(route, host)?;
    let mut best = None;
    for parent in items(route, "/status/parents") {
        let reference = parent.get("parentRef")?;
        let space = match text(reference, "/namespace") {
            "" => namespace(route),
            space => space,
        };
        let ours = text(reference, "/name") == name(gateway) && space == namespace(gateway);
        if !ours || !holds_in(parent, "/conditions", "Accepted") {
            continue;
        }
        let resolved = holds_in(parent, "/conditions", "ResolvedRefs");
        for listener in listeners {
            let Some(fits) = fit(text(listener, "/hostname"), host) else {
                continue;
            };
            let attached = is_meant(listener, reference)
                && admits(objects, gateway, listener, namespace(route));
            if attached {
                best = best.max(Some(((fits, own), resolved)));
            }
        }
    }
    best
}

fn own_fit(route: &Value, host: &str) -> Option<Fit> {
    let hosts = items(route, "/spec/hostnames");
    if hosts.is_empty() {
        return Some(Fit::Any);
    }
    let hosts = hosts.iter().filter_map(Value::as_str);
    hosts.filter_map(|pattern| fit(pattern, host)).max()
}

/// Whether it names a method, how many headers, how many parameters of the query.
type Rest = (bool, usize, usize);

fn rule_match(rule: &Value, request: &Parts) -> Option<(PathRank, String, Rest)> {
    let all = json!([{}]);
    let given = items(rule, "/matches");
    let matches = if given.is_empty() {
        items(&all, "")
    } else {
        given
    };
    matches
        .iter()
        .filter_map(|one| {
            let (path, prefix) = path_match(one, request.uri.path())?;
            Some((path, prefix, rest_match(one, request)?))
        })
        .max_by_key(|(path, _, rest)| (*path, *rest))
}

fn path_match(one: &Value, path: &str) -> Option<(PathRank, String)> {
    let wanted = match text(one, "/path/value") {
        "" => "/",
        value => value,
    };
    let rank = match text(one, "/path/type") {
        "Exact" => (path == wanted).then_some(PathRank::Exact),
        "RegularExpression" => {
            is_whole_match(wanted, path).then_some(PathRank::Pattern(wanted.len()))
        }
        _ => below(wanted, path).map(|_| PathRank::Prefix(wanted.trim_end_matches('/').len())),
    };
    rank.map(|rank| (rank, wanted.to_owned()))
}

/// What follows a prefix of whole path elements.
pub(super) fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn rest_match(one: &Value, request: &Parts) -> Option<Rest> {
    let method = text(one, "/method");
    if !method.is_empty() && method != request.method.as_str() {
        return None;
    }
    let headers = items(one, "/headers");
    let has_header = |wanted: &Value| {
        let found = request.headers.get(text(wanted, "/name"));
        found
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| is_value(wanted, value))
    };
    let parameters = items(one, "/queryParams");
    let query = request.uri.query().unwrap_or_default();
    let has_parameter = |wanted: &Value| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == text(wanted, "/name"))
            .is_some_and(|(_, value)| is_value(wanted, value))
    };
    let met = headers.iter().all(has_header) && parameters.iter().all(has_parameter);
    met.then_some((!method.is_empty(), headers.len(), parameters.len()))
}

fn is_value(wanted: &Value, found: &str) -> bool {
    match text(wanted, "/type") {
        "RegularExpression" => is_whole_match(text(wanted, "/value"), found),
        _ => text(wanted, "/value") == found,
    }
}

fn is_whole_match(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text))
}

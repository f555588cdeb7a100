//! What stands behind a backend: slices, ready endpoints, and why there are none.
//!
//! Services are not watched. That one is missing or lacks a port is what the controller says; that
//! nothing stands behind it is what its slices say.

use crate::domain::advice::Advice;
use crate::domain::endpoints::EndpointSlice;
use crate::domain::object::{Condition, Severity, Truth, condition};
use crate::domain::reference_grant::{Reference, missing};
use crate::domain::route::{Backend, Route};
use crate::store::Store;

use super::{Index, reasons};

/// Kinds that Envoy Gateway can send requests to.
const SUPPORTED: &[&str] = &["Service", "ServiceImport", "Backend"];

/// What is known of one backend of a route.
#[derive(Clone, Debug, Default)]
pub struct Behind<'a> {
    /// Slices of its Service.
    pub slices: Vec<&'a EndpointSlice>,
    /// Endpoints that take requests.
    pub ready: usize,
    /// All endpoints.
    pub total: usize,
    /// What is not well.
    pub advice: Vec<Advice>,
}

impl Behind<'_> {
    /// The worst of what is not well.
    pub fn severity(&self) -> Option<Severity> {
        self.advice.iter().map(|advice| advice.severity).max()
    }
}

/// What is known of backend number `at.1` of rule number `at.0`.
pub fn behind<'a>(
    store: &'a Store,
    index: &Index,
    route: &Route,
    (at, backend): ((usize, usize), &Backend),
) -> Behind<'a> {
    let mut behind = Behind::default();
    if backend.kind == "Service" {
        behind.slices = index.slices(store, &backend.id);
        behind.ready = behind.slices.iter().map(|slice| slice.ready()).sum();
        behind.total = behind
            .slices
            .iter()
            .map(|slice| slice.endpoints.len())
            .sum();
    }
    match refused(route) {
        Some(bad) => behind
            .advice
            .extend(blamed(store, route, at, (backend, bad))),
        None if !is_resolved(route) => behind.advice.extend(own(store, route, backend)),
        None => {}
    }
    let refused = behind.severity() == Some(Severity::Critical);
    if backend.kind == "Service" && !refused && backend.weight > 0 {
        behind
            .advice
            .extend(unserved(store, route, (backend, &behind)));
    }
    behind
}

/// What the controllers say about references that cannot be followed.
fn refused(route: &Route) -> Option<&Condition> {
    let told = |truth| {
        let mut statuses = route.statuses.iter();
        statuses.find_map(move |status| {
            condition(&status.conditions, "ResolvedRefs").filter(|it| it.status == truth)
        })
    };
    told(Truth::False)
}

fn is_resolved(route: &Route) -> bool {
    route.statuses.iter().any(|status| {
        condition(&status.conditions, "ResolvedRefs").is_some_and(|it| it.status == Truth::True)
    })
}

/// What a controller says of this very backend, and what to do.
fn blamed(
    store: &Store,
    route: &Route,
    at: (usize, usize),
    (backend, bad): (&Backend, &Condition),
) -> Option<Advice> {
    // Where a message names a place, it is about that one alone.
    if place(&bad.message).is_some_and(|told| told != at) {
        return None;
    }
    let is_named = place(&bad.message).is_some() || bad.message.contains(&*backend.id.name);
    let near = own(store, route, backend);
    match (is_named, near) {
        (true, near) => {
            let next = near.map_or_else(
                || reasons::next_step(&bad.reason).to_owned(),
                |advice| advice.next,
            );
            let why = format!("{}: {}", bad.reason, bad.message);
            Some(Advice::critical(why, next))
        }
        (false, near) => near,
    }
}

/// Rule and backend that a message of Envoy Gateway names: `… route rule 0 backendRef 1: …`.
fn place(message: &str) -> Option<(usize, usize)> {
    let number = |after: &str| -> Option<usize> {
        let (_, rest) = message.split_once(after)?;
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    Some((number("route rule ")?, number("backendRef ")?))
}

/// What is wrong with a reference by itself: its kind, or a grant that it lacks.
fn own(store: &Store, route: &Route, backend: &Backend) -> Option<Advice> {
    if !SUPPORTED.contains(&backend.kind.as_str()) {
        return Some(Advice::critical(
            format!("requests cannot be sent to a {}", backend.kind),
            reasons::next_step("InvalidKind"),
        ));
    }
    let reference = Reference {
        kind: route.kind.name(),
        namespace: &route.id.namespace,
        to_kind: &backend.kind,
        to: &backend.id,
    };
    let may_tell = store.routing.grants.is_complete()
        && store.reaches(&backend.id.namespace)
        && backend.kind == "Service";
    missing(store.routing.grants.iter(), &reference).filter(|_| may_tell)
}

/// Why nobody answers behind a Service.
fn unserved(
    store: &Store,
    route: &Route,
    (backend, behind): (&Backend, &Behind<'_>),
) -> Option<Advice> {
    let id = &backend.id;
    let is_known = store.endpoint_slices.is_complete() && store.reaches(&id.namespace);
    if behind.ready > 0 || !is_known {
        return None;
    }
    Some(match (behind.slices.is_empty(), behind.total) {
        (true, _) if is_resolved(route) => Advice::critical(
            format!("nothing stands behind Service {id}: it selects no pods"),
            "Give it a selector that fits the labels of its pods",
        ),
        (true, _) => Advice::critical(
            format!("nothing stands behind Service {id}, or it does not exist"),
            "Make the Service, or let the backendRef name one that is there",
        ),
        (false, 0) => Advice::critical(
            format!("no pod is behind Service {id}"),
            "Compare the selector of the Service with the labels of the pods, and look whether pods run",
        ),
        (false, total) => Advice::critical(
            format!("none of {total} endpoints of Service {id} is ready"),
            "Look at its pods: their readiness probe fails, or they have not started yet",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_place() {
        let said = "Failed to process route rule 1 backendRef 12: service docs/docs not found.";
        assert_eq!(place(said), Some((1, 12)));
        assert_eq!(place("service docs/docs not found."), None);
    }
}

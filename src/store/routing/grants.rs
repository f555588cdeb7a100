//! The grants that are missing, ready to be applied.

use super::ListenerOf;
use crate::domain::object::ObjectRef;
use crate::domain::reference_grant::{Reference, manifest, missing};
use crate::domain::route::Route;
use crate::store::Store;

/// Manifests of the grants that a route's backends lack.
pub fn of_route(store: &Store, route: &Route) -> Vec<String> {
    let services = route.backends().filter(|it| it.kind == "Service");
    let references = services.map(|backend| (route.kind.name(), &route.id, "Service", &backend.id));
    lacking(store, references)
}

/// Manifests of the grants that a listener's certificates lack.
pub fn of_listener(store: &Store, of: &ListenerOf<'_>) -> Vec<String> {
    let secrets = of.listener.certificates.iter();
    let references = secrets.map(|secret| (of.parent.kind, of.parent.id, "Secret", secret));
    lacking(store, references)
}

fn lacking<'a>(
    store: &Store,
    references: impl Iterator<Item = (&'a str, &'a ObjectRef, &'a str, &'a ObjectRef)>,
) -> Vec<String> {
    if !store.routing.grants.is_complete() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (kind, from, to_kind, to) in references {
        let reference = Reference {
            kind,
            namespace: &from.namespace,
            to_kind,
            to,
        };
        if missing(store.routing.grants.iter(), &reference).is_some() {
            found.push(manifest(&reference));
        }
    }
    found.sort();
    found.dedup();
    found
}

//! What stands in the cluster for one HTTP-01 challenge, found by its host and token.

use super::{Store, Table, views};
use crate::domain::handshake::covers;
use crate::domain::issuance::Challenge;
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef, Truth, condition};
use crate::domain::pod::Pod;
use crate::domain::proof::{Found, Inside, PodSeen, RouteSeen, ServiceSeen};
use crate::domain::route::{Backend, HttpRoute, complaint};

/// The path that the ACME server asks for (RFC 8555, 8.3).
pub fn path(token: &str) -> String {
    format!("/.well-known/acme-challenge/{token}")
}

/// The address that the ACME server asks for.
pub fn url(challenge: &Challenge) -> String {
    format!("http://{}{}", challenge.dns_name, path(&challenge.token))
}

/// All that stands there for `challenge`.
pub fn inside(store: &Store, challenge: &Challenge) -> Inside {
    let route = route(store, challenge);
    let backend = route.and_then(|route| route.backends().next());
    Inside {
        route: found(&store.http_routes, route.map(route_seen)),
        service: service(store, route, backend),
        pod: found(&store.pods, pod(store, challenge).map(pod_seen)),
        redirect: redirect(store, &challenge.dns_name),
        presented: challenge.presented,
    }
}

fn found<T, U: Object>(table: &Table<U>, seen: Option<T>) -> Found<T> {
    match seen {
        Some(seen) => Found::There(seen),
        None if table.is_complete() => Found::Missing,
        None => Found::Unknown,
    }
}

/// The route whose match names the token.
fn route<'a>(store: &'a Store, challenge: &'a Challenge) -> Option<&'a HttpRoute> {
    let path = path(&challenge.token);
    let mut own = store.http_routes.in_namespace(&challenge.id.namespace);
    own.find(|route| {
        let mut matches = route.rules.iter().flat_map(|rule| &rule.matches);
        !challenge.token.is_empty() && matches.any(|it| it.ends_with(&path))
    })
}

fn route_seen(route: &HttpRoute) -> RouteSeen {
    let accepted = |kind: Truth| {
        move |parent| {
            let told = route.status_of(parent);
            told.and_then(|told| condition(&told.conditions, "Accepted"))
                .is_some_and(|it| it.status == kind)
        }
    };
    let mut told = route.statuses.iter();
    let bad = told.find_map(|status| complaint(&status.conditions));
    let accepted = if route.parents.iter().any(accepted(Truth::False)) {
        Some(false)
    } else {
        let all = !route.parents.is_empty() && route.parents.iter().all(accepted(Truth::True));
        all.then_some(true)
    };
    RouteSeen {
        id: route.id.clone(),
        accepted,
        complaint: bad.map_or_else(Line::default, |bad| {
            Line::new(&format!("{}: {}", bad.reason, bad.message))
        }),
    }
}

fn service(
    store: &Store,
    route: Option<&HttpRoute>,
    backend: Option<&Backend>,
) -> Found<ServiceSeen> {
    let (Some(_), true) = (route, store.endpoint_slices.is_complete()) else {
        return Found::Unknown;
    };
    let counted = backend.and_then(|backend| {
        let count = views::endpoints(store, backend)?;
        Some(ServiceSeen {
            id: backend.id.clone(),
            ready: count.ready,
            total: count.total,
        })
    });
    counted.map_or(Found::Missing, Found::There)
}

/// The pod that cert-manager made for the challenge.
fn pod<'a>(store: &'a Store, challenge: &'a Challenge) -> Option<&'a Pod> {
    let mut own = store.pods.in_namespace(&challenge.id.namespace);
    own.find(|pod| {
        let owner = pod.owner.as_ref();
        owner.is_some_and(|it| it.kind == "Challenge" && it.name == challenge.id.name)
    })
}

fn pod_seen(pod: &Pod) -> PodSeen {
    let ready = usize::try_from(pod.ready).is_ok_and(|ready| ready > 0 && ready >= pod.total());
    PodSeen {
        id: pod.id.clone(),
        ready,
        status: pod.status.clone(),
    }
}

/// A route that redirects what is asked of `host`.
fn redirect(store: &Store, host: &Line) -> Option<ObjectRef> {
    let mut routes = store.http_routes.iter().filter(|route| {
        let mut names = route.hostnames.iter();
        route.hostnames.is_empty() || names.any(|name| covers(name, host))
    });
    let redirects = |route: &&HttpRoute| {
        let mut filters = route.rules.iter().flat_map(|rule| &rule.filters);
        filters.any(|filter| filter.starts_with("RequestRedirect"))
    };
    routes.find(redirects).map(|route| route.id.clone())
}

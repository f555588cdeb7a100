//! Whether a listener takes a route: section, port, kind, namespace and host name, in the order in
//! which a controller looks at them.
//!
//! Follows the Gateway API's rules for `parentRefs` and `allowedRoutes`. What a controller says has the
//! last word; this finds the exact place that it means.

use super::advice::Advice;
use super::line::Line;
use super::object::ObjectRef;
use super::route::{Listener, Namespaces, ParentRef, Route};

/// What a route wants to be attached to, and the listeners that it has.
#[derive(Clone, Copy, Debug)]
pub struct Parent<'a> {
    /// `Gateway` or `ListenerSet`.
    pub kind: &'a str,
    /// Which.
    pub id: &'a ObjectRef,
    /// Its own listeners.
    pub listeners: &'a [Listener],
}

/// What keeps a route from a listener; a later one means that it came further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Barrier {
    /// The route names another listener.
    Section,
    /// The route names another port.
    Port,
    /// The listener takes other kinds of routes.
    Kind,
    /// The listener takes routes of other namespaces.
    Namespace,
    /// They have no host name in common.
    Host,
}

/// How a listener takes a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It does.
    Takes,
    /// It does if the labels of the route's namespace fit, which are not watched.
    ByLabels,
    /// It does not.
    Barred(Barrier),
}

/// Whether `listener` of `parent` takes `route`, which asks by `reference`.
pub fn admission(
    route: &Route,
    reference: &ParentRef,
    parent: &Parent<'_>,
    listener: &Listener,
) -> Admission {
    if !reference.section.is_empty() && reference.section != listener.name {
        return Admission::Barred(Barrier::Section);
    }
    if reference.port.is_some_and(|port| port != listener.port) {
        return Admission::Barred(Barrier::Port);
    }
    if !listener.kinds().contains(&route.kind.name()) {
        return Admission::Barred(Barrier::Kind);
    }
    let here = route.id.namespace == parent.id.namespace;
    if !lets(listener.admits, here) {
        return Admission::Barred(Barrier::Namespace);
    }
    if !hosts_meet(route, listener) {
        return Admission::Barred(Barrier::Host);
    }
    match listener.admits {
        Namespaces::Selector => Admission::ByLabels,
        Namespaces::Same | Namespaces::All | Namespaces::None => Admission::Takes,
    }
}

/// Whether something from the same namespace (`here`) or another is let in, as far as is known.
pub fn lets(from: Namespaces, here: bool) -> bool {
    match from {
        Namespaces::Same => here,
        Namespaces::All | Namespaces::Selector => true,
        Namespaces::None => false,
    }
}

/// What keeps a route from all listeners of a parent; nothing where one takes it.
pub fn barrier(route: &Route, reference: &ParentRef, parent: &Parent<'_>) -> Option<Barrier> {
    let mut furthest = Barrier::Section;
    for listener in parent.listeners {
        match admission(route, reference, parent, listener) {
            Admission::Takes | Admission::ByLabels => return None,
            Admission::Barred(barrier) => furthest = furthest.max(barrier),
        }
    }
    Some(furthest)
}

fn hosts_meet(route: &Route, listener: &Listener) -> bool {
    listener.hostname.is_empty()
        || route.hostnames.is_empty()
        || route
            .hostnames
            .iter()
            .any(|host| meet(&listener.hostname, host))
}

/// Whether two host names, each with a wildcard perhaps, have a name in common.
pub fn meet(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let covers = |wide: &str, host: &str| {
        wide.strip_prefix('*')
            .is_some_and(|tail| host.len() > tail.len() && host.ends_with(tail))
    };
    one == other || covers(&one, &other) || covers(&other, &one)
}

/// Why a route is not attached, and what to do.
pub fn advice(
    barrier: Barrier,
    route: &Route,
    reference: &ParentRef,
    parent: &Parent<'_>,
) -> Advice {
    let whole = format!("{} {}", parent.kind, parent.id);
    let meant: Vec<&Listener> = parent
        .listeners
        .iter()
        .filter(|it| reference.section.is_empty() || reference.section == it.name)
        .collect();
    let names = |all: &[&Listener]| listed(all.iter().map(|it| it.name.as_str()));
    let all: Vec<&Listener> = parent.listeners.iter().collect();
    match barrier {
        Barrier::Section => Advice::critical(
            format!("{whole} has no listener `{}`", reference.section),
            format!("Name one that it has in sectionName: {}", names(&all)),
        ),
        Barrier::Port => Advice::critical(
            format!(
                "{whole} has no such listener at port {}",
                reference.port.unwrap_or_default()
            ),
            "Name another port in the parentRef, or none",
        ),
        Barrier::Kind => Advice::critical(
            format!(
                "listener {} takes {} only",
                names(&meant),
                listed(meant.iter().flat_map(|it| it.kinds()))
            ),
            format!(
                "Attach the {} to a listener of its protocol, or name the kind in allowedRoutes.kinds",
                route.kind.name()
            ),
        ),
        Barrier::Namespace => Advice::critical(
            format!(
                "listener {} takes routes of namespace {} only, and this one is in {}",
                names(&meant),
                parent.id.namespace,
                route.id.namespace
            ),
            "Set allowedRoutes.namespaces.from of the listener to All, or to a Selector that fits",
        ),
        Barrier::Host => Advice::critical(
            format!(
                "none of its host names ({}) is one of listener {} ({})",
                listed(route.hostnames.iter().map(Line::as_str)),
                names(&meant),
                listed(meant.iter().map(|it| it.hostname.as_str()))
            ),
            "Change the route's hostnames, or attach it to the listener of its host name",
        ),
    }
}

/// Some names, each once, in their order.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut told: Vec<&str> = Vec::new();
    for name in names {
        if !told.contains(&name) {
            told.push(name);
        }
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::route::RouteKind;
    use rstest::rstest;

    fn listener(name: &str, protocol: &str, port: u16, hostname: &str) -> Listener {
        Listener {
            name: name.into(),
            protocol: protocol.into(),
            port,
            hostname: hostname.into(),
            admits: Namespaces::All,
            ..Listener::default()
        }
    }

    fn gateway() -> (ObjectRef, Vec<Listener>) {
        let listeners = vec![
            listener("http", "HTTP", 80, ""),
            listener("https-docs", "HTTPS", 443, "docs.example.com"),
            listener("https-any", "HTTPS", 443, "*.example.com"),
            Listener {
                admits: Namespaces::Same,
                ..listener("private", "HTTPS", 8443, "")
            },
            Listener {
                admits: Namespaces::Selector,
                ..listener("labelled", "HTTPS", 9443, "")
            },
            Listener {
                passthrough: true,
                ..listener("tls", "TLS", 6443, "")
            },
        ];
        (ObjectRef::new("edge", "public"), listeners)
    }

    fn route(kind: RouteKind, hosts: &[&str]) -> Route {
        Route {
            kind,
            id: ObjectRef::new("docs", "docs"),
            hostnames: hosts.iter().map(|host| Line::new(host)).collect(),
            ..Route::default()
        }
    }

    fn reference(section: &str, port: Option<u16>) -> ParentRef {
        ParentRef {
            kind: "Gateway".into(),
            id: ObjectRef::new("edge", "public"),
            section: section.into(),
            port,
        }
    }

    #[rstest]
    #[case::fits(RouteKind::Http, &["docs.example.com"], "https-docs", None, None)]
    #[case::any_section(RouteKind::Http, &["docs.example.com"], "", None, None)]
    #[case::no_hosts(RouteKind::Grpc, &[], "https-docs", None, None)]
    #[case::wildcard(RouteKind::Http, &["a.b.example.com"], "https-any", None, None)]
    #[case::wildcards(RouteKind::Http, &["*.b.example.com"], "https-any", None, None)]
    #[case::by_labels(RouteKind::Http, &[], "labelled", None, None)]
    #[case::passthrough(RouteKind::Tls, &["x.example.org"], "tls", None, None)]
    #[case::section(RouteKind::Http, &[], "https-wiki", None, Some(Barrier::Section))]
    #[case::port(RouteKind::Http, &[], "http", Some(8080), Some(Barrier::Port))]
    #[case::kind(RouteKind::Tcp, &[], "http", None, Some(Barrier::Kind))]
    #[case::kind_of_any(RouteKind::Tcp, &[], "", None, Some(Barrier::Kind))]
    #[case::ended_tls(RouteKind::Tcp, &[], "tls", None, Some(Barrier::Kind))]
    #[case::namespace(RouteKind::Http, &[], "private", None, Some(Barrier::Namespace))]
    #[case::host(RouteKind::Http, &["docs.example.org"], "https-docs", None, Some(Barrier::Host))]
    #[case::apex(RouteKind::Http, &["example.com"], "https-any", None, Some(Barrier::Host))]
    fn a_route_meets_its_barrier(
        #[case] kind: RouteKind,
        #[case] hosts: &[&str],
        #[case] section: &str,
        #[case] port: Option<u16>,
        #[case] expected: Option<Barrier>,
    ) {
        let (id, listeners) = gateway();
        let parent = Parent {
            kind: "Gateway",
            id: &id,
            listeners: &listeners,
        };
        let route = route(kind, hosts);
        let reference = reference(section, port);
        let found = barrier(&route, &reference, &parent);
        assert_eq!(found, expected);
        if let Some(found) = found {
            let said = advice(found, &route, &reference, &parent);
            assert!(!said.why.is_empty() && !said.next.is_empty());
        }
    }

    #[test]
    fn a_listener_that_asks_for_labels_is_not_promised() {
        let (id, listeners) = gateway();
        let parent = Parent {
            kind: "Gateway",
            id: &id,
            listeners: &listeners,
        };
        let found = admission(
            &route(RouteKind::Http, &[]),
            &reference("labelled", None),
            &parent,
            &listeners[4],
        );
        assert_eq!(found, Admission::ByLabels);
    }

    #[rstest]
    #[case("docs.example.com", "DOCS.example.com", true)]
    #[case("*.example.com", "docs.example.com", true)]
    #[case("docs.example.com", "*.example.com", true)]
    #[case("*.example.com", ".example.com", false)]
    #[case("*.example.com", "example.com", false)]
    #[case("docs.example.com", "wiki.example.com", false)]
    fn host_names_meet(#[case] one: &str, #[case] other: &str, #[case] expected: bool) {
        assert_eq!(meet(one, other), expected);
    }

    #[test]
    fn the_words_name_what_to_change() {
        let (id, listeners) = gateway();
        let parent = Parent {
            kind: "Gateway",
            id: &id,
            listeners: &listeners[..2],
        };
        let said = advice(
            Barrier::Section,
            &route(RouteKind::Http, &[]),
            &reference("https-wiki", None),
            &parent,
        );
        assert_eq!(said.why, "Gateway edge/public has no listener `https-wiki`");
        assert!(said.next.ends_with("http, https-docs"), "{}", said.next);
        let said = advice(
            Barrier::Host,
            &route(RouteKind::Http, &["docs.example.org"]),
            &reference("https-docs", None),
            &parent,
        );
        assert_eq!(
            said.why,
            "none of its host names (docs.example.org) is one of listener https-docs (docs.example.com)"
        );
    }
}

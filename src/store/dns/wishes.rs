//! Who wants which name: `DNSEndpoints` by themselves, routes as external-dns reads them with its
//! Gateway API sources: host names, time to live and proxy from the route, targets from the Gateway.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::Store;
use super::plain;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::WantedRecord;
use crate::domain::route::{Gateway, HttpRoute};

/// Who wants a name published, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wish {
    /// `DNSEndpoint`, `HTTPRoute` or `Gateway`.
    pub kind: &'static str,
    /// That object.
    pub id: ObjectRef,
    /// What it wants; nothing where it only serves the name.
    pub wants: Option<WantedRecord>,
    /// What about it is not as whoever wrote it may think.
    pub but: Option<&'static str>,
}

impl Wish {
    fn of(kind: &'static str, id: &ObjectRef) -> Self {
        Self {
            kind,
            id: id.clone(),
            wants: None,
            but: None,
        }
    }

    /// Whether the same object wishes.
    pub(super) fn is_by(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id == other.id
    }

    /// What external-dns calls that object in its registry: `crd/NAMESPACE/NAME`.
    pub(super) fn resource(&self) -> String {
        let kind = match self.kind {
            "DNSEndpoint" => "crd".to_owned(),
            other => other.to_lowercase(),
        };
        format!("{kind}/{}/{}", self.id.namespace, self.id.name)
    }
}

/// What `DNSEndpoints` want, by name and type.
pub(super) fn by_endpoints(store: &Store) -> impl Iterator<Item = (Line, Line, Wish)> {
    store.dns_endpoints.iter().flat_map(|endpoint| {
        endpoint.records.iter().map(|wanted| {
            let wish = Wish {
                wants: Some(wanted.clone()),
                ..Wish::of("DNSEndpoint", &endpoint.id)
            };
            (wanted.name.clone(), wanted.kind.clone(), wish)
        })
    })
}

/// What routes want by annotations, on them or on their Gateways, by name and type.
pub(super) fn by_routes(store: &Store) -> Vec<(Line, Line, Wish)> {
    let mut all = Vec::new();
    for route in store.http_routes.iter() {
        if route.dns.is_for_others() {
            continue;
        }
        for parent in &route.parents {
            let Some(gateway) = store.gateways.get(&parent.id) else {
                continue;
            };
            if gateway.dns_targets.is_empty() && route.dns.are_silent() {
                continue;
            }
            for name in published_names(route, gateway, &parent.section) {
                for wanted in wanted(&name, route, gateway) {
                    let wish = Wish {
                        but: misplaced(route, gateway),
                        wants: Some(wanted.clone()),
                        ..Wish::of("HTTPRoute", &route.id)
                    };
                    all.push((name.clone(), wanted.kind, wish));
                }
            }
        }
    }
    // Through several listeners a route wants the same name but once.
    all.sort();
    all.dedup();
    all
}

fn misplaced(route: &HttpRoute, gateway: &Gateway) -> Option<&'static str> {
    if !route.dns_targets.is_empty() {
        return Some("external-dns reads no target from a route: it belongs on the Gateway");
    }
    gateway.dns_targets.is_empty().then_some(
        "without a target on the Gateway, external-dns publishes the Gateway's addresses",
    )
}

/// Host names of a route that listeners of a Gateway let through.
fn published_names(route: &HttpRoute, gateway: &Gateway, section: &Line) -> Vec<Line> {
    let own = match route.dns.hostnames_from.as_str() {
        "annotation-only" => &[][..],
        _ => &route.hostnames,
    };
    let annotated = match route.dns.hostnames_from.as_str() {
        "defined-hosts-only" => &[][..],
        _ => &route.dns.hostnames,
    };
    let any = [Line::default()];
    let wild = if own.is_empty() && route.dns.hostnames_from != "annotation-only" {
        &any[..]
    } else {
        &[]
    };
    let listeners = gateway.listeners.iter();
    let of_section = listeners.filter(|it| section.is_empty() || it.name == *section);
    let mut names = Vec::new();
    for listener in of_section.filter(|it| matches!(&*it.protocol, "HTTP" | "HTTPS")) {
        let wanted = own.iter().chain(annotated).chain(wild);
        names.extend(wanted.filter_map(|name| overlap(&listener.hostname, name)));
    }
    names.sort();
    names.dedup();
    names
}

/// The narrower of two host names that fit each other; an empty one fits all.
fn overlap(one: &Line, other: &Line) -> Option<Line> {
    let covers = |wide: &str, narrow: &str| {
        wide.strip_prefix('*')
            .is_some_and(|rest| narrow.len() > rest.len() && narrow.ends_with(rest))
    };
    match (one.is_empty(), other.is_empty()) {
        (true, true) => None,
        (true, false) => Some(other.clone()),
        (false, true) => Some(one.clone()),
        (false, false) if one == other || covers(other, one) => Some(one.clone()),
        (false, false) => covers(one, other).then(|| other.clone()),
    }
}

/// The records that targets make, one for each type.
fn wanted(name: &Line, route: &HttpRoute, gateway: &Gateway) -> Vec<WantedRecord> {
    let targets = if gateway.dns_targets.is_empty() {
        &gateway.addresses
    } else {
        &gateway.dns_targets
    };
    let mut by_kind: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    for target in targets {
        let kind = match target.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => "A",
            Ok(IpAddr::V6(_)) => "AAAA",
            Err(_) => "CNAME",
        };
        by_kind.entry(kind).or_default().push(plain(target).into());
    }
    let record = |(kind, targets): (&str, Vec<Line>)| WantedRecord {
        name: name.clone(),
        kind: kind.into(),
        ttl: route.dns.ttl,
        targets,
        proxied: route.dns.proxied,
    };
    by_kind.into_iter().map(record).collect()
}

/// Host names that routes and listeners serve: each has to be in the DNS for a visitor to get there.
pub(super) fn hostnames(store: &Store) -> impl Iterator<Item = (&Line, Wish)> {
    let routes = store.http_routes.iter().flat_map(|route| {
        let wish = move |hostname| (hostname, Wish::of("HTTPRoute", &route.id));
        route.hostnames.iter().map(wish)
    });
    let listeners = store.gateways.iter().flat_map(|gateway| {
        let named = gateway.listeners.iter().map(|listener| &listener.hostname);
        named
            .filter(|hostname| !hostname.is_empty())
            .map(|hostname| (hostname, Wish::of("Gateway", &gateway.id)))
    });
    routes.chain(listeners)
}

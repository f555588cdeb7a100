//! Differences between what is wanted and what is loaded, one at a time.

use jiff::Timestamp;
use rstest::rstest;

use super::*;
use crate::domain::certificate::Certificate;
use crate::domain::endpoints::{Endpoint, EndpointSlice};
use crate::domain::event::{Change, Event, What};
use crate::domain::pod::Pod;
use crate::domain::proxy::{BoundListener, Host, Lost, VirtualHost};
use crate::domain::route::{Backend, ParentStatus, Rule};
use crate::store::fold;

fn now() -> Timestamp {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

fn after(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn held(kind: &str, since: Timestamp) -> Condition {
    Condition {
        kind: kind.into(),
        status: Truth::True,
        since: Some(since),
        ..Condition::default()
    }
}

/// What is wanted and what is loaded, to be changed at one place.
struct World {
    gateway: Gateway,
    routes: Vec<HttpRoute>,
    certificate: Certificate,
    proxy: Proxy,
    ready: bool,
}

fn route(name: &str, host: &str) -> HttpRoute {
    let parent = ParentRef {
        kind: "Gateway".into(),
        id: ObjectRef::new("edge", "public"),
        section: "https".into(),
        port: None,
    };
    HttpRoute {
        id: ObjectRef::new("docs", name),
        hostnames: vec![host.into()],
        parents: vec![parent.clone()],
        rules: vec![Rule {
            backends: vec![Backend {
                kind: "Service".into(),
                id: ObjectRef::new("docs", "docs"),
                port: Some(80),
                weight: 1,
            }],
            ..Rule::default()
        }],
        statuses: vec![ParentStatus {
            parent,
            conditions: vec![held("Accepted", after(-1))],
            ..ParentStatus::default()
        }],
        ..HttpRoute::default()
    }
}

fn loaded() -> Loaded {
    let cluster = "httproute/docs/docs/rule/0";
    Loaded {
        listeners: vec![BoundListener {
            name: "edge/public/https".into(),
            port: 10_443,
        }],
        hosts: vec![VirtualHost {
            config: "edge/public/https".into(),
            domains: vec!["docs.example.com".into()],
            routes: vec![LoadedRoute {
                name: format!("{cluster}/match/0/docs_example_com").into(),
                to: Target::Clusters(vec![cluster.into()]),
                ..LoadedRoute::default()
            }],
            ..VirtualHost::default()
        }],
        clusters: vec![Cluster {
            name: cluster.into(),
            healthy: 1,
            hosts: vec![Host {
                address: "10.42.0.7:8080".into(),
                ill: Line::default(),
            }],
        }],
        certificates: vec![LoadedCertificate {
            names: vec!["docs.example.com".into()],
            until: Some(after(900)),
            ..LoadedCertificate::default()
        }],
        ..Loaded::default()
    }
}

fn world() -> World {
    World {
        gateway: Gateway {
            id: ObjectRef::new("edge", "public"),
            listeners: vec![Listener {
                name: "https".into(),
                protocol: "HTTPS".into(),
                port: 443,
                hostname: "*.example.com".into(),
                certificates: vec![ObjectRef::new("edge", "docs-tls")],
                conditions: vec![held("Programmed", after(-1))],
                ..Listener::default()
            }],
            ..Gateway::default()
        },
        routes: vec![route("docs", "docs.example.com")],
        certificate: Certificate {
            id: ObjectRef::new("edge", "docs"),
            secret: "docs-tls".into(),
            dns_names: vec!["docs.example.com".into()],
            conditions: vec![held("Ready", after(-1))],
            not_after: Some(after(900)),
            ..Certificate::default()
        },
        proxy: Proxy {
            id: ObjectRef::new("envoy-gateway-system", "envoy-1"),
            loaded: Some(loaded()),
            ..Proxy::default()
        },
        ready: true,
    }
}

fn said(world: World) -> Vec<String> {
    let mut store = Store::default();
    let pod = Pod {
        id: world.proxy.id.clone(),
        gateway: Some(world.gateway.id.clone()),
        ..Pod::default()
    };
    let slice = EndpointSlice {
        id: ObjectRef::new("docs", "docs-1"),
        service: "docs".into(),
        endpoints: vec![Endpoint {
            ready: world.ready,
            ..Endpoint::default()
        }],
        ..EndpointSlice::default()
    };
    let live = |id| What::Source {
        id,
        status: SourceStatus::Live,
    };
    let mut all = vec![
        live(SourceId::HttpRoutes),
        live(SourceId::EndpointSlices),
        What::Pod(Change::Applied(Box::new(pod))),
        What::EndpointSlice(Change::Applied(Box::new(slice))),
        What::Certificate(Change::Applied(Box::new(world.certificate))),
        What::Proxy(Change::Applied(Box::new(world.proxy))),
    ];
    for route in world.routes {
        all.push(What::HttpRoute(Change::Applied(Box::new(route))));
    }
    for what in all {
        fold(&mut store, Event { at: now(), what });
    }
    let found = differences(&store, &world.gateway, now());
    found.into_iter().map(|one| one.text).collect()
}

/// What the one proxy has loaded.
fn has(world: &mut World) -> &mut Loaded {
    world.proxy.loaded.as_mut().unwrap()
}

type Spoil = fn(&mut World);

#[rstest]
#[case::as_wanted(|_: &mut World| {}, &[])]
#[case::a_port_of_its_own(|it: &mut World| has(it).listeners[0].port = 443, &[])]
#[case::no_listener(
    |it: &mut World| has(it).listeners.clear(),
    &["listener https is programmed, but Envoy does not listen for port 443"]
)]
#[case::route_missing(
    |it: &mut World| it.routes.push(route("wiki", "wiki.example.com")),
    &["docs/wiki is accepted, but Envoy does not have wiki.example.com"]
)]
#[case::route_just_accepted(
    |it: &mut World| {
        let mut young = route("wiki", "wiki.example.com");
        young.statuses[0].conditions[0].since = Some(now());
        it.routes.push(young);
    },
    &[]
)]
#[case::host_of_another_route(
    |it: &mut World| it.routes.push(route("copy", "docs.example.com")),
    &["docs/copy is accepted, but Envoy has none of its rules for docs.example.com"]
)]
#[case::host_with_a_port(
    |it: &mut World| has(it).hosts[0].domains = vec!["docs.example.com:*".into()],
    &[]
)]
#[case::names_of_another_form(
    |it: &mut World| has(it).hosts[0].routes[0].name = "my-route".into(),
    &[]
)]
#[case::route_gone(
    |it: &mut World| it.routes.clear(),
    &["Envoy still serves docs.example.com for docs/docs, which is gone"]
)]
#[case::host_given_up(
    |it: &mut World| {
        it.routes[0].hostnames = vec!["new.example.com".into()];
        let mut host = has(it).hosts[0].clone();
        host.domains = vec!["new.example.com".into()];
        has(it).hosts.push(host);
    },
    &["Envoy still serves docs.example.com for docs/docs, which no longer names it"]
)]
#[case::certificate_old(
    |it: &mut World| has(it).certificates[0].until = Some(after(10)),
    &["Envoy presents another certificate for docs.example.com: it ends 2026-11-23 00:00, the one in Secret docs-tls ends 2026-12-30 02:00"]
)]
#[case::certificate_missing(
    |it: &mut World| has(it).certificates.clear(),
    &["Envoy has no certificate for docs.example.com"]
)]
#[case::certificate_being_renewed(
    |it: &mut World| {
        has(it).certificates.clear();
        it.certificate.conditions.push(held("Issuing", now()));
    },
    &[]
)]
#[case::no_healthy_host(
    |it: &mut World| has(it).clusters[0].healthy = 0,
    &["Envoy sees no healthy host for docs/docs rule 0, though 1 endpoints are ready"]
)]
#[case::no_endpoint_either(
    |it: &mut World| {
        has(it).clusters[0].healthy = 0;
        it.ready = false;
    },
    &[]
)]
#[case::nothing_loaded_yet(|it: &mut World| it.proxy.loaded = None, &[])]
#[case::a_silent_proxy(
    |it: &mut World| {
        has(it).hosts.clear();
        it.proxy.lost = Some(Lost { since: now(), why: "cut".into() });
    },
    &[]
)]
fn differences_are_told(#[case] spoil: Spoil, #[case] expected: &[&str]) {
    let mut world = world();
    spoil(&mut world);
    assert_eq!(said(world), expected);
}

#[rstest]
#[case("", "", Some("*"))]
#[case("", "docs.example.com", Some("docs.example.com"))]
#[case("*.example.com", "docs.example.com", Some("docs.example.com"))]
#[case("docs.example.com", "*.example.com", Some("docs.example.com"))]
#[case("*.example.com", "", Some("*.example.com"))]
#[case("docs.example.com", "wiki.example.com", None)]
#[case("*.example.com", "example.com", None)]
fn a_listener_and_a_route_meet(
    #[case] listener: &str,
    #[case] route: &str,
    #[case] both: Option<&str>,
) {
    assert_eq!(common(&listener.into(), &route.into()), both.map(Line::new));
}

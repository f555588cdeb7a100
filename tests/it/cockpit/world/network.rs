//! How visitors get there: gateways, routes, endpoints, records.

use k3scope::domain::endpoints::{Endpoint, EndpointSlice};
use k3scope::domain::object::{ObjectRef, Truth};
use k3scope::domain::record::{DnsEndpoint, PublishedRecord, WantedRecord};
use k3scope::domain::route::{
    Backend, Gateway, GatewayClass, HttpRoute, Listener, Namespaces, ParentRef, ParentStatus, Rule,
};

use super::{DAY, MINUTE, ago, condition};

pub(super) fn classes() -> Vec<GatewayClass> {
    vec![GatewayClass {
        id: ObjectRef::cluster("envoy"),
        controller: "gateway.envoyproxy.io/gatewayclass-controller".into(),
        conditions: vec![condition("Accepted", Truth::True, "Accepted", "", 40 * DAY)],
    }]
}

pub(super) fn gateways() -> Vec<Gateway> {
    let listener = |name: &str, protocol: &str, port, host: &str, secret: Option<&str>| Listener {
        name: name.into(),
        protocol: protocol.into(),
        port,
        hostname: host.into(),
        certificates: secret
            .map(|name| ObjectRef::new("envoy-gateway-system", name))
            .into_iter()
            .collect(),
        admits: Namespaces::All,
        attached_routes: 1,
        conditions: vec![condition(
            "Programmed",
            Truth::True,
            "Programmed",
            "",
            40 * DAY,
        )],
        ..Listener::default()
    };
    vec![Gateway {
        id: ObjectRef::new("envoy-gateway-system", "public-gateway"),
        created: ago(40 * DAY),
        class: "envoy".into(),
        addresses: vec!["203.0.113.10".into()],
        listeners: vec![
            listener("http", "HTTP", 80, "", None),
            listener(
                "https-docs",
                "HTTPS",
                443,
                "docs.example.com",
                Some("docs-tls"),
            ),
            listener(
                "https-argocd",
                "HTTPS",
                443,
                "argocd.example.com",
                Some("argocd-tls"),
            ),
        ],
        conditions: vec![condition(
            "Programmed",
            Truth::True,
            "Programmed",
            "",
            40 * DAY,
        )],
        dns_targets: vec!["203.0.113.10".into()],
        admits_sets: None,
    }]
}

pub(super) fn routes(wrong: bool) -> Vec<HttpRoute> {
    let route = |name: &str, namespace: &str, host: &str, service: &str, section: &str| {
        let parent = ParentRef {
            kind: "Gateway".into(),
            id: ObjectRef::new("envoy-gateway-system", "public-gateway"),
            section: section.into(),
            port: None,
        };
        HttpRoute {
            id: ObjectRef::new(namespace, name),
            created: ago(40 * DAY),
            hostnames: vec![host.into()],
            parents: vec![parent.clone()],
            rules: vec![Rule {
                matches: vec!["PathPrefix /".into()],
                filters: Vec::new(),
                backends: vec![Backend {
                    kind: "Service".into(),
                    id: ObjectRef::new(namespace, service),
                    port: Some(80),
                    weight: 1,
                }],
            }],
            statuses: vec![ParentStatus {
                parent,
                controller: "gateway.envoyproxy.io/gatewayclass-controller".into(),
                conditions: vec![
                    condition(
                        "Accepted",
                        Truth::True,
                        "Accepted",
                        "Route is accepted",
                        40 * DAY,
                    ),
                    condition(
                        "ResolvedRefs",
                        Truth::True,
                        "ResolvedRefs",
                        "Resolved all the Object references for the Route",
                        40 * DAY,
                    ),
                ],
            }],
            ..HttpRoute::default()
        }
    };
    let mut argocd = route(
        "argocd",
        "argocd",
        "argocd.example.com",
        "argocd-server",
        "https-argocd",
    );
    if wrong {
        argocd.rules[0].backends[0].id = ObjectRef::new("argocd", "argocd-web");
        argocd.statuses[0].conditions[1] = condition(
            "ResolvedRefs",
            Truth::False,
            "BackendNotFound",
            "Service argocd/argocd-web not found",
            7 * MINUTE,
        );
    }
    vec![
        route("docs", "docs", "docs.example.com", "docs", "https-docs"),
        argocd,
    ]
}

pub(super) fn slices() -> Vec<EndpointSlice> {
    let endpoint = |address: &str, pod: &str, node: &str| Endpoint {
        address: address.into(),
        ready: true,
        pod: pod.into(),
        node: node.into(),
    };
    vec![
        EndpointSlice {
            id: ObjectRef::new("docs", "docs-x7k2p"),
            service: "docs".into(),
            ports: vec!["http:8080".into()],
            endpoints: vec![
                endpoint("10.42.0.17", "docs-6b7f8d9c5-4jzlp", "k3s-worker"),
                endpoint("10.42.0.18", "docs-6b7f8d9c5-w8v2m", "k3s-ingress"),
            ],
        },
        EndpointSlice {
            id: ObjectRef::new("argocd", "argocd-server-m2v8c"),
            service: "argocd-server".into(),
            ports: vec!["http:8080".into()],
            endpoints: vec![endpoint(
                "10.42.0.13",
                "argocd-server-5d8c7b6f4-9tq7h",
                "k3s-server",
            )],
        },
    ]
}

pub(super) fn wanted() -> Vec<DnsEndpoint> {
    let record = |name: &str| WantedRecord {
        name: name.into(),
        kind: "A".into(),
        ttl: Some(300),
        targets: vec!["203.0.113.10".into()],
        proxied: Some(false),
    };
    vec![DnsEndpoint {
        id: ObjectRef::new("external-dns", "public"),
        created: ago(40 * DAY),
        records: vec![record("docs.example.com"), record("argocd.example.com")],
        observed: true,
    }]
}

pub(super) fn published(wrong: bool) -> Vec<PublishedRecord> {
    let record = |id: &str, name: &str, kind: &str, content: &str, proxied| PublishedRecord {
        id: ObjectRef::new("example.com", id),
        name: name.into(),
        kind: kind.into(),
        content: content.into(),
        proxied,
        ttl: 300,
        modified: ago(12 * DAY),
        ..PublishedRecord::default()
    };
    let owner = "\"heritage=external-dns,external-dns/owner=k3s,external-dns/resource=crd/external-dns/public\"";
    vec![
        record("1", "docs.example.com", "A", "203.0.113.10", wrong),
        record("2", "argocd.example.com", "A", "203.0.113.10", false),
        record("3", "a-docs.example.com", "TXT", owner, false),
        record("4", "a-argocd.example.com", "TXT", owner, false),
        record("5", "example.com", "MX", "mail.example.com", false),
    ]
}

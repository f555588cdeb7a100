//! What keeps certificates, names and routes from working.

use k3scope::domain::certificate::{Certificate, IssuerRef};
use k3scope::domain::event::{Event, What};
use k3scope::domain::issuance::{AcmeState, CertificateRequest, Challenge, Order};
use k3scope::domain::issuer::{ClusterIssuer, Issuer};
use k3scope::domain::object::{ObjectRef, Owner, Truth};
use k3scope::domain::pod::Pod;
use k3scope::domain::record::PublishedRecord;
use k3scope::domain::route::{Gateway, Listener, Namespaces, ParentRef, ParentStatus, Route, Rule};
use k3scope::effect::Place;

use super::{Told, ago, applied, case, complete, condition, labels, told};

pub(super) const EDGE: &str = "envoy-gateway-system";
pub(super) const NEW: &str = "new.example.com";

fn owner(kind: &str, name: &str) -> Owner {
    Owner {
        kind: kind.into(),
        name: name.into(),
    }
}

pub(super) fn certificate() -> Certificate {
    Certificate {
        id: ObjectRef::new(EDGE, "new-tls"),
        dns_names: vec![NEW.into()],
        secret: "new-tls".into(),
        issuer: IssuerRef {
            kind: "ClusterIssuer".into(),
            name: "letsencrypt-production".into(),
        },
        conditions: vec![condition(
            "Ready",
            Truth::False,
            "DoesNotExist",
            "Issuing certificate as Secret does not exist",
        )],
        ..Certificate::default()
    }
}

fn order(state: AcmeState, reason: &str) -> Vec<Event> {
    let request = CertificateRequest {
        id: ObjectRef::new(EDGE, "new-tls-1"),
        owner: Some(owner("Certificate", "new-tls")),
        revision: 1,
        ..CertificateRequest::default()
    };
    let order = Order {
        id: ObjectRef::new(EDGE, "new-tls-1-99"),
        owner: Some(owner("CertificateRequest", "new-tls-1")),
        state,
        reason: reason.into(),
        ..Order::default()
    };
    vec![
        applied(certificate(), What::Certificate),
        applied(request, What::CertificateRequest),
        applied(order, What::Order),
    ]
}

fn challenge(reason: &str) -> Vec<Event> {
    let mut events = order(AcmeState::Pending, "");
    let challenge = Challenge {
        id: ObjectRef::new(EDGE, "new-tls-1-99-1"),
        owner: Some(owner("Order", "new-tls-1-99")),
        state: AcmeState::Pending,
        reason: reason.into(),
        dns_name: NEW.into(),
        token: "t0k3n".into(),
        presented: true,
        ..Challenge::default()
    };
    events.push(applied(challenge, What::Challenge));
    events
}

pub(super) fn record(content: &str, proxied: bool) -> Event {
    let record = PublishedRecord {
        id: ObjectRef::new("example.com", "9"),
        name: NEW.into(),
        kind: "A".into(),
        content: content.into(),
        proxied,
        ttl: 300,
        ..PublishedRecord::default()
    };
    applied(record, What::Record)
}

fn stuck(mut events: Vec<Event>, more: Vec<Event>, says: &'static [&'static str]) -> Told {
    events.extend(more);
    case(
        events,
        (Place::Certs, ObjectRef::new(EDGE, "new-tls")),
        says,
    )
}

/// The route of the solver, refused by the listener.
fn solver() -> Event {
    let parent = ParentRef {
        kind: "Gateway".into(),
        id: ObjectRef::new(EDGE, "public-gateway"),
        ..ParentRef::default()
    };
    let route = Route {
        id: ObjectRef::new(EDGE, "cm-acme-http-solver-1"),
        parents: vec![parent.clone()],
        rules: vec![Rule {
            matches: vec!["Exact /.well-known/acme-challenge/t0k3n".into()],
            ..Rule::default()
        }],
        statuses: vec![ParentStatus {
            parent,
            conditions: vec![condition(
                "Accepted",
                Truth::False,
                "NotAllowedByListeners",
                "No listeners included by this parent ref allowed this attachment.",
            )],
            ..ParentStatus::default()
        }],
        ..Route::default()
    };
    applied(route, What::HttpRoute)
}

#[test]
fn a_challenge_says_who_answers_in_place_of_the_proof() {
    let failed = |error: &str| {
        format!(
            "Waiting for HTTP-01 challenge propagation: failed to perform self check GET request \
             'http://new.example.com/.well-known/acme-challenge/t0k3n': Get: {error}"
        )
    };
    let html = "Waiting for HTTP-01 challenge propagation: did not get expected response when querying endpoint, \
        expected \"key\" but got: <!DOCTYPE html>... (truncated)";
    let absent =
        "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'";
    told(vec![
        (
            "proxied",
            stuck(
                challenge(html),
                vec![record("203.0.113.10", true)],
                &[
                    "Cloudflare answers for new.example.com in place of the proof",
                    "switch the proxy off",
                ],
            ),
        ),
        (
            "another server",
            stuck(
                challenge(html),
                vec![record("198.51.100.9", false)],
                &[
                    "another server answers for new.example.com with a page of its own, at 198.51.100.9",
                ],
            ),
        ),
        (
            "old address",
            stuck(
                challenge(&failed("dial tcp 198.51.100.9:80: i/o timeout")),
                vec![record("198.51.100.9", false)],
                &["nobody answers on port 80 of 198.51.100.9"],
            ),
        ),
        (
            "no record",
            stuck(
                challenge(&failed("dial tcp: lookup new.example.com: no such host")),
                vec![],
                &["new.example.com is not in the DNS"],
            ),
        ),
        (
            "not attached",
            stuck(
                challenge(absent),
                vec![record("203.0.113.10", false), solver()],
                &[
                    "is answered with 404: the solver's route is not attached: NotAllowedByListeners",
                ],
            ),
        ),
    ]);
}

#[test]
fn a_cert_manager_that_does_not_look_at_gateways() {
    let off = "couldn't Present challenge envoy-gateway-system/new-tls-1-99-1: gateway api is not enabled";
    let controller = |version: &str| {
        let pod = Pod {
            id: ObjectRef::new("cert-manager", "cert-manager-1"),
            labels: labels(&[
                ("app.kubernetes.io/name", "cert-manager"),
                ("app.kubernetes.io/version", version),
            ]),
            status: "Running".into(),
            ..Pod::default()
        };
        vec![applied(pod, What::Pod)]
    };
    told(vec![
        (
            "before 1.15",
            stuck(
                challenge(off),
                controller("v1.14.5"),
                &["cert-manager v1.14.5 proves through a Gateway only with a feature gate"],
            ),
        ),
        (
            "switched off",
            stuck(
                challenge(off),
                controller("v1.21.1"),
                &[
                    "does not look at Gateways: that is switched off",
                    "config.gatewayAPI.enabled",
                ],
            ),
        ),
    ]);
}

#[test]
fn an_order_that_failed_says_that_nothing_more_happens() {
    let limit = "Failed to create Order: 429 urn:ietf:params:acme:error:rateLimited: too many certificates (5) \
        already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-11-23 22:00:00 UTC.";
    let issuer = |name: &str, server: &str| {
        let issuer = Issuer {
            id: ObjectRef::cluster(name),
            server: server.into(),
            conditions: vec![condition("Ready", Truth::True, "ACMEAccountRegistered", "")],
            ..Issuer::default()
        };
        applied(ClusterIssuer(issuer), What::ClusterIssuer)
    };
    let mut before: Vec<Event> = (1..=5)
        .map(|number: i64| {
            let request = CertificateRequest {
                id: ObjectRef::new(EDGE, format!("new-tls-0{number}").as_str()),
                created: ago(number * 24 * 60),
                owner: Some(owner("Certificate", "new-tls")),
                conditions: vec![condition("Ready", Truth::True, "Issued", "")],
                ..CertificateRequest::default()
            };
            applied(request, What::CertificateRequest)
        })
        .collect();
    before.push(issuer(
        "letsencrypt-production",
        "https://acme-v02.api.letsencrypt.org/directory",
    ));
    before.push(issuer(
        "letsencrypt-staging",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
    ));
    told(vec![
        (
            "invalid",
            stuck(
                order(AcmeState::Invalid, "Error accepting authorization: 403"),
                vec![],
                &[
                    "order new-tls-1-99 is invalid: an order that has failed is not tried again",
                    "then delete the order",
                ],
            ),
        ),
        (
            "rate limited",
            stuck(
                order(AcmeState::Errored, limit),
                before,
                &[
                    "5 of 5 with these names were issued in 7 days, the oldest leaves that window at 2026-11-24 14:03 UTC",
                    "retry after 2026-11-23 22:00:00 UTC",
                    "switch to letsencrypt-staging for trials",
                ],
            ),
        ),
    ]);
}

fn https(secret: ObjectRef, reason: &str, message: &str) -> Gateway {
    Gateway {
        id: ObjectRef::new(EDGE, "second"),
        class: "envoy".into(),
        listeners: vec![Listener {
            name: "https".into(),
            protocol: "HTTPS".into(),
            port: 443,
            hostname: NEW.into(),
            certificates: vec![secret],
            admits: Namespaces::All,
            conditions: vec![condition("ResolvedRefs", Truth::False, reason, message)],
            ..Listener::default()
        }],
        conditions: vec![condition(
            "Programmed",
            Truth::False,
            "AddressNotAssigned",
            "No addresses have been assigned to the Gateway",
        )],
        ..Gateway::default()
    }
}

fn absent(secret: ObjectRef) -> Event {
    let message =
        format!("No valid secrets exist: certificate refs 0: Secret {secret} does not exist.");
    applied(
        https(secret, "InvalidCertificateRef", &message),
        What::Gateway,
    )
}

#[test]
fn listeners_and_the_circle_that_they_are_part_of() {
    let listener = || (Place::Routes, ObjectRef::new(EDGE, "second/https"));
    let own = || ObjectRef::new(EDGE, "new-tls");
    let other = ObjectRef::new("docs", "docs-tls");
    let refused = "No valid secrets exist: certificate refs 0: Certificate ref to secret docs/docs-tls not permitted \
        by any ReferenceGrant.";
    let mut forbidden = complete(What::ReferenceGrant).to_vec();
    forbidden.push(applied(
        https(other, "RefNotPermitted", refused),
        What::Gateway,
    ));
    told(vec![
        (
            "circle",
            stuck(
                order(AcmeState::Pending, ""),
                vec![absent(own())],
                &[
                    "a circle: Certificate envoy-gateway-system/new-tls waits for new.example.com in the DNS",
                    "break it: publish new.example.com by a DNSEndpoint",
                ],
            ),
        ),
        (
            "risk for the Gateway",
            case(
                vec![absent(own())],
                listener(),
                &[
                    "Secret envoy-gateway-system/new-tls is a risk for all of Gateway envoy-gateway-system/second",
                ],
            ),
        ),
        (
            "grant that is missing",
            case(
                forbidden,
                listener(),
                &[
                    "kind: ReferenceGrant metadata: name: envoy-gateway-system-to-docs-tls namespace: docs",
                    "kind: Secret name: docs-tls",
                ],
            ),
        ),
    ]);
}

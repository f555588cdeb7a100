//! What keeps names and routes from leading where they should.

use k3scope::domain::argo_settings::ArgoSettings;
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::{DnsEndpoint, PublishedRecord, WantedRecord};
use k3scope::domain::resolved::{Answer, Answered, Heard, Resolved, ServerSort};
use k3scope::domain::route::{Backend, ParentRef, Route, Rule};
use k3scope::effect::Place;

use super::network::{EDGE, NEW, certificate, record};
use super::{applied, case, told, world};

fn heard(content: &str, ttl: u32) -> Event {
    let resolved = Resolved {
        id: ObjectRef::new("A", NEW),
        heard: vec![Heard {
            server: "192.0.2.53".into(),
            sort: ServerSort::Resolver,
            at: world::now(),
            answer: Answer::Records {
                records: vec![Answered {
                    name: NEW.into(),
                    kind: "A".into(),
                    content: content.into(),
                    ttl,
                }],
            },
        }],
    };
    applied(resolved, What::Resolved)
}

fn wanted() -> Event {
    let wanted = WantedRecord {
        name: NEW.into(),
        kind: "A".into(),
        targets: vec!["203.0.113.10".into()],
        ..WantedRecord::default()
    };
    let endpoint = DnsEndpoint {
        id: ObjectRef::new("docs", "new"),
        records: vec![wanted],
        ..DnsEndpoint::default()
    };
    applied(endpoint, What::DnsEndpoint)
}

#[test]
fn names_say_what_keeps_them_from_leading_here() {
    let at = || (Place::Dns, ObjectRef::new("A", NEW));
    let registration = PublishedRecord {
        id: ObjectRef::new("example.com", "10"),
        name: "a-new.example.com".into(),
        kind: "TXT".into(),
        content: "\"heritage=external-dns,external-dns/owner=old-cluster,external-dns/resource=crd/elsewhere/new\"".into(),
        ..PublishedRecord::default()
    };
    let secured = applied(certificate(), What::Certificate);
    told(vec![
        (
            "private",
            case(
                vec![wanted(), record("10.43.0.7", false)],
                at(),
                &[
                    "It leads to a private address",
                    "a target annotation on the Gateway, or a DNSEndpoint",
                ],
            ),
        ),
        (
            "another owner",
            case(
                vec![
                    wanted(),
                    record("198.51.100.9", false),
                    applied(registration, What::Record),
                ],
                at(),
                &["owner id old-cluster keeps it"],
            ),
        ),
        (
            "made by hand",
            case(
                vec![wanted(), record("198.51.100.9", false)],
                at(),
                &["It has no registration, so external-dns leaves it alone"],
            ),
        ),
        (
            "time to live",
            case(
                vec![
                    wanted(),
                    record("203.0.113.10", false),
                    heard("198.51.100.9", 240),
                ],
                at(),
                &["A resolver has what was there before, for 4m more"],
            ),
        ),
        (
            "proxied",
            case(
                vec![wanted(), record("203.0.113.10", true), secured],
                at(),
                &["an HTTP-01 challenge reaches Cloudflare first"],
            ),
        ),
    ]);
}

#[test]
fn routes_with_one_listener_too_many_and_one_end_of_tls_too_many() {
    let settings = world::told(What::ArgoSettings(ArgoSettings::default()));
    let plain = Change::Applied(Box::new(Route {
        id: ObjectRef::new("docs", "open"),
        hostnames: vec!["docs.example.com".into()],
        parents: vec![ParentRef {
            kind: "Gateway".into(),
            id: ObjectRef::new(EDGE, "public-gateway"),
            ..ParentRef::default()
        }],
        rules: vec![Rule {
            backends: vec![Backend {
                kind: "Service".into(),
                id: ObjectRef::new("docs", "docs"),
                port: Some(80),
                weight: 1,
            }],
            ..Rule::default()
        }],
        ..Route::default()
    }));
    told(vec![
        (
            "without redirect",
            case(
                vec![world::told(What::HttpRoute(plain))],
                (Place::Routes, ObjectRef::new("docs", "open")),
                &["it is served over plain HTTP too, by listener http, without a redirect"],
            ),
        ),
        (
            "endless redirect",
            case(
                vec![settings],
                (Place::Routes, ObjectRef::new("argocd", "argocd")),
                &["(307), without end", "server.insecure"],
            ),
        ),
    ]);
}

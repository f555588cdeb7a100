//! What is presented where certificates should stand, the way to a proof, secrets from outside: in
//! every state that they can be in.

use jiff::{SignedDuration, Timestamp};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::external_secret::{
    ClusterSecretStore, ExternalSecret, Refreshes, SecretStore, StoreRef,
};
use k3scope::domain::handshake::{
    Distrust, Failure, Handshake, Outcome, Presented, PresentedCertificate, Silence, Trust,
};
use k3scope::domain::object::{Condition, ObjectRef, Truth};
use k3scope::domain::proof::{Answered, Met, NameFound, Step, Visit};
use k3scope::domain::reading::Reading;
use k3scope::domain::source::SourceStatus;
use rstest::rstest;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

fn ago(hours: i64) -> Timestamp {
    world::now() - SignedDuration::from_hours(hours)
}

/// What `host` presents: valid for ninety days, so many of them left.
fn shown(host: &str, left: i64, trust: Trust) -> Event {
    let leaf = PresentedCertificate {
        serial: "03:ab:17:c4:90:5e:11:d2".into(),
        subject: host.into(),
        names: vec![host.into()],
        issuer: "Let's Encrypt E7".into(),
        not_before: Some(ago((90 - left) * 24)),
        not_after: Some(ago(-left * 24)),
        ..PresentedCertificate::default()
    };
    let above = PresentedCertificate {
        subject: "Let's Encrypt E7".into(),
        issuer: "ISRG Root X1".into(),
        ..PresentedCertificate::default()
    };
    let presented = Presented {
        chain: vec![leaf, above],
        trust,
        tls: "TLS 1.3".into(),
        took_ms: 38,
    };
    told(host, Outcome::Presented(Box::new(presented)))
}

fn told(host: &str, outcome: Outcome) -> Event {
    let address = "203.0.113.10".parse().unwrap();
    let handshake = Handshake {
        id: Handshake::name(&host.into(), Some(address), 443),
        at: world::now() - SignedDuration::from_secs(20),
        outcome,
    };
    world::told(What::Handshake(Change::Applied(Box::new(handshake))))
}

fn silent(host: &str) -> Event {
    let silence = Silence {
        why: Failure::Closed,
        said: "tls handshake eof".into(),
    };
    told(host, Outcome::Silent(silence))
}

fn certificates(name: &str) -> Vec<Event> {
    let (docs, argocd) = ("docs.example.com", "argocd.example.com");
    let seen = match name {
        "same" => vec![
            shown(docs, 61, Trust::Trusted),
            shown(argocd, 38, Trust::Trusted),
        ],
        "older" => vec![
            shown(docs, 12, Trust::Trusted),
            shown(argocd, 38, Trust::Trusted),
        ],
        "staging" => {
            let not = Trust::Not {
                why: Distrust::Staging,
                said: "invalid peer certificate: UnknownIssuer".into(),
            };
            vec![shown(docs, 61, not), shown(argocd, 38, Trust::Trusted)]
        }
        "silent" => vec![silent(docs), shown(argocd, 38, Trust::Trusted)],
        other => panic!("no case {other}"),
    };
    [world::cluster(false), seen].concat()
}

#[rstest]
fn what_is_presented(#[values("same", "older", "staging", "silent")] name: &str) {
    let mut stage = Stage::new(certificates(name));
    stage.press("3 j enter");
    for (width, height) in SIZES {
        let page = text(&stage.draw(width, height));
        insta::assert_snapshot!(format!("presented_{name}_{width}x{height}"), page);
    }
}

#[test]
fn what_is_presented_stands_in_the_list() {
    let mut stage = Stage::new(certificates("older"));
    stage.press("3");
    for (width, height) in SIZES {
        insta::assert_snapshot!(
            format!("presented_list_{width}x{height}"),
            stage.snapshot(width, height)
        );
    }
}

fn step(step: Step) -> Event {
    let of = ObjectRef::new("envoy-gateway-system", "docs-tls-1-2735-401");
    world::told(What::Reading(Reading::Proof { of, step }))
}

fn proof(name: &str) -> Vec<Event> {
    let name_found = step(Step::Name(NameFound {
        addresses: vec!["203.0.113.10".into()],
        failed: None,
        took_ms: 4,
    }));
    let visit = |answer: Answered| {
        step(Step::Visit(Visit {
            address: "203.0.113.10".into(),
            met: Met::Answer(answer),
            took_ms: 31,
        }))
    };
    let ended = step(Step::Ended { failed: None });
    let redirect = Answered {
        status: 301,
        location: "https://docs.example.com/".into(),
        server: "cloudflare".into(),
        through_cloudflare: true,
        ..Answered::default()
    };
    let missing = Answered {
        status: 404,
        server: "envoy".into(),
        ..Answered::default()
    };
    let gone = match name {
        "begun" => vec![step(Step::Begun), name_found],
        "proxied" => vec![step(Step::Begun), name_found, visit(redirect), ended],
        "missing" => vec![step(Step::Begun), name_found, visit(missing), ended],
        other => panic!("no case {other}"),
    };
    [world::cluster(true), gone].concat()
}

#[rstest]
fn the_way_to_a_proof(#[values("begun", "proxied", "missing")] name: &str) {
    let mut stage = Stage::new(proof(name));
    stage.press("3 G enter a f");
    for (width, height) in SIZES {
        let page = text(&stage.draw(width, height));
        insta::assert_snapshot!(format!("proof_{name}_{width}x{height}"), page);
    }
}

fn ready(status: Truth, reason: &str, message: &str) -> Vec<Condition> {
    vec![Condition {
        kind: "Ready".into(),
        status,
        reason: reason.into(),
        message: message.into(),
        since: Some(ago(3)),
    }]
}

fn secrets() -> Vec<Event> {
    let secret = |namespace: &str, name: &str, conditions| ExternalSecret {
        id: ObjectRef::new(namespace, name),
        created: Some(ago(40 * 24)),
        store: StoreRef {
            kind: "ClusterSecretStore".into(),
            name: "oci-vault".into(),
        },
        target: name.into(),
        keys: vec![format!("{name}-key").into()],
        refreshes: Refreshes::Every { seconds: 3_600 },
        refreshed: Some(world::now() - SignedDuration::from_mins(20)),
        conditions,
    };
    let synced = || ready(Truth::True, "SecretSynced", "secret synced");
    let refused = "could not get secret data from provider";
    let failed = ready(Truth::False, "SecretSyncedError", refused);
    let vault = ClusterSecretStore(SecretStore {
        id: ObjectRef::cluster("oci-vault"),
        created: Some(ago(40 * 24)),
        provider: "oracle".into(),
        conditions: ready(Truth::True, "Valid", "store validated"),
    });
    let applied = |secret| world::told(What::ExternalSecret(Change::Applied(Box::new(secret))));
    vec![
        world::told(What::ClusterSecretStore(Change::Applied(Box::new(vault)))),
        applied(secret("external-dns", "cloudflare-api-token", synced())),
        applied(secret("docs", "registry", failed)),
        applied(secret("argocd", "repository", synced())),
    ]
}

fn stale() -> SourceStatus {
    SourceStatus::Stale {
        since: "2026-11-22T14:01:00Z".parse().unwrap(),
        error: "connection refused".into(),
        retry_at: "2026-11-22T14:03:28Z".parse().unwrap(),
    }
}

#[rstest]
fn secrets_from_outside(#[values("full", "stale", "empty", "denied")] name: &str) {
    let events = match name {
        "full" => [world::cluster(false), secrets()].concat(),
        "stale" => [world::cluster(false), secrets(), world::feeds(&stale())].concat(),
        "empty" => world::feeds(&SourceStatus::Live),
        "denied" => world::feeds(&SourceStatus::Denied {
            hint: "list externalsecrets at the cluster scope; ask for a role".into(),
        }),
        other => panic!("no case {other}"),
    };
    let mut stage = Stage::new(events);
    stage.press("0");
    for (width, height) in SIZES {
        insta::assert_snapshot!(
            format!("secrets_{name}_{width}x{height}"),
            stage.snapshot(width, height)
        );
    }
}

#[test]
fn a_secret_that_is_not_synced_says_why() {
    let mut stage = Stage::new([world::cluster(false), secrets()].concat());
    stage.press("0 j enter");
    insta::assert_snapshot!("page_secret", text(&stage.draw(100, 40)));
}

#[test]
fn a_cluster_without_external_secrets_has_no_tab_for_them() {
    let absent = SourceStatus::NotInstalled {
        what: "external-secrets".into(),
    };
    let mut stage = Stage::new(world::feeds(&absent));
    assert!(!text(&stage.draw(140, 42)).contains("Secrets"));
}

//! Whole scenarios, played from nothing.

use jiff::SignedDuration;
use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::Breakage;
use super::start::{Cluster, Surroundings};
use crate::clock::Clock;
use crate::lab::Scenario;
use crate::lab::cloudflare::{Scope, Tokens, Zone};
use crate::lab::controllers::object::{holds, name, text};
use crate::lab::controllers::{Authority, World, settle};

const TOKEN: &str = "a-token-of-the-tests";
const GATEWAY_SPACE: &str = "envoy-gateway-system";

fn play(scenario: &str) -> Cluster {
    let spec = Scenario::named(scenario).unwrap().cluster.unwrap();
    let zone = Zone::new("example.com");
    let tokens = Tokens::default();
    tokens.allow(TOKEN, Scope::Full);
    let clock = Clock::default();
    let around = Surroundings {
        zone,
        tokens,
        token: TOKEN,
        authority: Authority::new(clock.now()).unwrap().into(),
    };
    Cluster::new(&spec, &around, clock).unwrap()
}

fn applications(world: &World) -> Vec<String> {
    let all = world.objects.list("applications.argoproj.io");
    all.iter()
        .map(|app| {
            format!(
                "{} {} {}",
                name(app),
                text(app, "/status/sync/status"),
                text(app, "/status/health/status")
            )
        })
        .collect()
}

fn certificate(world: &World, name: &str) -> Value {
    let resource = "certificates.cert-manager.io";
    world
        .objects
        .get(resource, Some(GATEWAY_SPACE), name)
        .unwrap()
}

fn minutes_pass(world: &World, now: &mut jiff::Timestamp, minutes: i64) {
    let until = *now + SignedDuration::from_mins(minutes);
    settle(world, *now, until);
    *now = until;
}

fn docs_record(world: &World) -> Vec<(String, bool)> {
    let records = world.zone.named("docs.example.com").into_iter();
    records
        .map(|record| (record.content, record.proxied))
        .collect()
}

/// From two nodes' worth of manifests to the reference cluster, and what follows from changes.
#[test]
fn running_converges_from_the_root_application_and_lives() {
    let cluster = play("running");
    let world = &cluster.world;
    let apps = applications(world);
    assert_eq!(apps.len(), 10, "{apps:#?}");
    assert!(
        apps.iter().all(|app| app.ends_with("Synced Healthy")),
        "{apps:#?}"
    );
    let root = world
        .objects
        .get("applications.argoproj.io", Some("argocd"), "root")
        .unwrap();
    // The first certificate was awaited: envoy-gateway was Degraded, and the root tried again.
    assert!(
        root["status"]["operationState"]["retryCount"].as_i64() >= Some(1),
        "{root:#}"
    );
    assert_eq!(world.objects.problems(), Vec::<String>::new());
    let mut now = Clock::default().now();

    cluster.break_it(Breakage::DeleteRecord);
    assert!(docs_record(world).is_empty());
    minutes_pass(world, &mut now, 2);
    assert_eq!(docs_record(world), [("203.0.113.10".to_owned(), false)]);

    tenth_application(world, &mut now);
    proxied_record(&cluster, &mut now);

    deleted_secret(&cluster, &mut now);
}

/// The listener says what it misses, until cert-manager has made the Secret again.
fn deleted_secret(cluster: &Cluster, now: &mut jiff::Timestamp) {
    let world = &cluster.world;
    cluster.break_it(Breakage::DeleteSecret);
    settle(world, *now, *now + SignedDuration::from_secs(3));
    let gateway = world
        .objects
        .get(
            "gateways.gateway.networking.k8s.io",
            Some(GATEWAY_SPACE),
            "public-gateway",
        )
        .unwrap();
    let listener = &gateway["status"]["listeners"][1]["conditions"][2];
    assert_eq!(listener["reason"], "InvalidCertificateRef", "{gateway:#}");
    assert_eq!(
        listener["message"],
        "No valid secrets exist: certificate refs 0: Secret envoy-gateway-system/docs-tls does not exist."
    );
    minutes_pass(world, now, 2);
    assert_eq!(certificate(world, "docs-tls")["status"]["revision"], 3);
    assert!(
        world
            .objects
            .get("secrets", Some(GATEWAY_SPACE), "docs-tls")
            .is_some()
    );
}

/// An Application that somebody makes with kubectl syncs like any other.
fn tenth_application(world: &World, now: &mut jiff::Timestamp) {
    world.objects.put(
        "applications.argoproj.io",
        json!({
            "metadata": {"name": "guestbook", "namespace": "argocd"},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": "https://github.com/argoproj/argocd-example-apps.git",
                    "path": "guestbook", "targetRevision": "HEAD",
                },
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "guests"},
                "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]},
            },
        }),
    );
    minutes_pass(world, now, 1);
    let apps = applications(world);
    assert!(
        apps.contains(&"guestbook Synced Healthy".to_owned()),
        "{apps:#?}"
    );
    let service = world
        .objects
        .get("services", Some("guests"), "guestbook-ui")
        .unwrap();
    assert_eq!(
        service["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"],
        "guestbook:/Service:guests/guestbook-ui"
    );
}

/// A renewal meets the proxied record and waits; with the proxy off it goes through.
fn proxied_record(cluster: &Cluster, now: &mut jiff::Timestamp) {
    let world = &cluster.world;
    cluster.break_it(Breakage::ProxiedRecord);
    minutes_pass(world, now, 2);
    let challenges = world.objects.list("challenges.acme.cert-manager.io");
    let reason = text(&challenges[0], "/status/reason");
    let start = "Waiting for HTTP-01 challenge propagation: did not get expected response when querying endpoint, expected \"";
    assert!(reason.starts_with(start), "{reason}");
    assert_eq!(text(&challenges[0], "/status/state"), "pending");
    assert_eq!(docs_record(world), [("203.0.113.10".to_owned(), true)]);
    for mut record in world.zone.named("docs.example.com") {
        record.proxied = false;
        world.zone.update(record, *now).unwrap();
    }
    minutes_pass(world, now, 2);
    let renewed = certificate(world, "docs-tls");
    assert_eq!(renewed["status"]["revision"], 2, "{renewed:#}");
    assert!(
        world
            .objects
            .list("challenges.acme.cert-manager.io")
            .is_empty()
    );
    assert!(
        world
            .objects
            .get("secrets", Some(GATEWAY_SPACE), "docs-tls")
            .is_some()
    );
}

#[test]
fn incident_has_its_five_troubles() {
    let cluster = play("incident");
    let world = &cluster.world;
    let apps = applications(world);
    assert!(
        apps.contains(&"docs-app OutOfSync Healthy".to_owned()),
        "{apps:#?}"
    );
    assert!(
        apps.contains(&"managed-secrets Synced Degraded".to_owned()),
        "{apps:#?}"
    );
    let pods = world.objects.list("pods");
    assert!(crash_loops(&pods), "{pods:#?}");
    let docs = certificate(world, "docs-tls");
    assert!(holds(&docs, "Issuing"), "{docs:#}");
    assert_eq!(world.objects.problems(), Vec::<String>::new());
    let route = world
        .objects
        .get(
            "httproutes.gateway.networking.k8s.io",
            Some("docs"),
            "feedback",
        )
        .unwrap();
    assert_eq!(
        route["status"]["parents"][0]["conditions"][1]["reason"],
        "BackendNotFound"
    );
}

/// The failing pod may be in the few seconds in which it runs again.
fn crash_loops(pods: &[Value]) -> bool {
    pods.iter().any(|pod| {
        let status = &pod["status"]["containerStatuses"][0];
        name(pod).starts_with("reports-")
            && status["restartCount"].as_i64() > Some(3)
            && status["lastState"]["terminated"]["exitCode"] == 1
    })
}

#[test]
fn bare_serves_none_of_the_custom_kinds() {
    let cluster = play("bare");
    let objects = &cluster.world.objects;
    assert!(
        objects
            .list("customresourcedefinitions.apiextensions.k8s.io")
            .is_empty()
    );
    assert_eq!(objects.list("nodes").len(), 3);
    let pods = objects.list("pods");
    assert!(
        pods.len() >= 7 && pods.iter().all(|pod| holds(pod, "Ready")),
        "{pods:#?}"
    );
}

#[test]
fn scale_lays_as_many_as_it_says() {
    let cluster = play("scale");
    let objects = &cluster.world.objects;
    assert_eq!(objects.shared_list("applications.argoproj.io").len(), 500);
    assert_eq!(objects.shared_list("pods").len(), 5_000);
    assert_eq!(
        objects
            .shared_list("httproutes.gateway.networking.k8s.io")
            .len(),
        500
    );
    let of_pods = objects
        .shared_list("events")
        .iter()
        .filter(|event| {
            text(event, "/regarding/kind") == "Pod" || text(event, "/involvedObject/kind") == "Pod"
        })
        .count();
    assert_eq!(of_pods, 5_000);
    assert_eq!(
        objects.shared_list("certificates.cert-manager.io").len(),
        200
    );
}

#[test]
fn everything_that_can_be_broken_has_a_name_and_a_description() {
    for what in Breakage::iter() {
        assert_eq!(what.name().parse::<Breakage>().unwrap(), what);
        assert!(what.description().len() > 10);
    }
}

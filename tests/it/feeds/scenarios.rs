//! Whole scenarios of the lab, as the store sums them up.

use std::time::Duration;

use k3scope::app::headless::{self, Ended};
use k3scope::clock::Clock;
use k3scope::domain::line::Line;
use k3scope::domain::source::SourceId;
use k3scope::kube::{Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::sources::Feeds;
use k3scope::store::Store;
use k3scope::store::summary::{Summary, Verdict};
use k3scope::store::views::{chain, waves};

async fn lab(scenario: &str) -> Lab {
    let options = Options {
        scenario: scenario.to_owned(),
        ..Options::default()
    };
    Lab::start(options).await.unwrap()
}

/// What a user of the lab's cluster is told.
async fn seen(lab: &Lab, user: &str, namespace: Option<&str>) -> (Store, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let text = lab.kubernetes().unwrap().kubeconfig(user).unwrap();
    std::fs::write(&path, text).unwrap();
    let target = Target {
        kubeconfig: Some(path),
        context: None,
        namespace: namespace.map(str::to_owned),
    };
    let feeds = Feeds {
        kubernetes: Some(Connection::open(&target).await.unwrap()),
        ..Feeds::default()
    };
    let expected = feeds.expected().count();
    let known =
        |store: &Store| store.sources.iter().count() == expected && store.sources.are_settled();
    let clock = Clock::default();
    let (store, ended) = headless::follow(feeds, clock, Duration::from_secs(30), known).await;
    assert_eq!(ended, Ended::Reached, "{:#?}", store.sources);
    let summary = Summary::of(&store, clock.now());
    (store, summary)
}

fn kinds(summary: &Summary) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = summary.unhealthy.iter().map(|item| item.kind).collect();
    kinds.dedup();
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn running_is_well() {
    let lab = lab("running").await;
    let (store, summary) = seen(&lab, "admin", None).await;
    assert_eq!(summary.verdict, Verdict::Well, "{:#?}", summary.unhealthy);
    assert_eq!(summary.unhealthy, []);
    assert_eq!(
        (
            summary.counts["applications"].total,
            summary.counts["nodes"].well
        ),
        (10, 3)
    );
    assert!(waves(&store).len() > 1, "applications come in waves");
    for certificate in store.certificates.iter() {
        let chain = chain(&store, certificate);
        assert!(chain.request.unwrap().is_issued(), "{}", certificate.id);
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_told_thing_by_thing() {
    let lab = lab("incident").await;
    let (_, summary) = seen(&lab, "admin", None).await;
    assert_eq!(summary.verdict, Verdict::Unhealthy);
    let told = |kind: &str, part: &str| {
        let fits = |why: &Line| why.contains(part);
        summary
            .unhealthy
            .iter()
            .any(|item| item.kind == kind && fits(&item.why))
    };
    assert!(told("application", "Degraded"), "{summary:#?}");
    assert!(told("application", "OutOfSync"), "{summary:#?}");
    assert!(told("httproute", "BackendNotFound"), "{summary:#?}");
    assert!(told("pod", "CrashLoopBackOff"), "{summary:#?}");
    assert!(
        told("challenge", "Waiting for HTTP-01 challenge propagation"),
        "{summary:#?}"
    );
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_controllers_is_well_all_the_same() {
    let lab = lab("bare").await;
    let (_, summary) = seen(&lab, "admin", None).await;
    assert_eq!(summary.verdict, Verdict::Well, "{summary:#?}");
    let absent = summary
        .sources
        .iter()
        .filter(|source| source.status == "not_installed");
    assert!(
        absent
            .map(|source| source.id)
            .any(|id| id == SourceId::Applications)
    );
    assert!(summary.counts.contains_key("pods") && !summary.counts.contains_key("applications"));
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_poor_user_sees_one_namespace_and_is_told_of_the_rest() {
    let lab = lab("incident").await;
    let (store, summary) = seen(&lab, "viewer", Some("argocd")).await;
    assert_eq!(
        kinds(&summary),
        ["application"],
        "only applications may be read, and they ail"
    );
    assert_eq!(summary.verdict, Verdict::Unhealthy);
    assert!(store.pods.iter().all(|pod| pod.id.namespace == "argocd"));
    let denied = summary
        .sources
        .iter()
        .filter(|source| source.status == "denied")
        .count();
    assert_eq!(denied, 24, "{summary:#?}");
    let (_, everywhere) = seen(&lab, "viewer", None).await;
    assert_eq!(
        everywhere.verdict,
        Verdict::Unknown,
        "of nothing that may be read, nothing is known"
    );
    lab.stop().await.unwrap();
}

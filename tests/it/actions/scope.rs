//! `-n`: somebody with rights in one namespace and none elsewhere.

use k3scope::domain::action::{Action, Workload};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::PublishedRecord;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::kube::Access;
use k3scope::store::{dns, fold};

use super::desk::Desk;
use crate::seat::{done, refused};

/// Kinds of the whole cluster, as messages call them.
const WIDE: [(SourceId, &str); 4] = [
    (SourceId::Nodes, "nodes"),
    (
        SourceId::GatewayClasses,
        "gatewayclasses.gateway.networking.k8s.io",
    ),
    (SourceId::ClusterIssuers, "clusterissuers.cert-manager.io"),
    (
        SourceId::ClusterSecretStores,
        "clustersecretstores.external-secrets.io",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_feed_is_of_that_namespace_or_says_which_right_lacks() {
    let mut desk = Desk::of("tenant", Access::ReadWrite).await;
    desk.until("all is settled", |it| {
        it.sources.iter().count() > 20 && it.sources.are_settled()
    })
    .await;
    for (id, source) in desk.store.sources.iter() {
        match (WIDE.iter().find(|it| it.0 == id), &source.status) {
            (Some((_, resource)), SourceStatus::Denied { hint }) => {
                let words = format!(
                    "may not watch {resource} in the cluster: ask for a role with get, list and watch"
                );
                assert_eq!(hint.as_str(), words);
            }
            (Some(_), other) => panic!("{id}: {other:?}"),
            (None, SourceStatus::Denied { hint }) => panic!("{id}: {hint}"),
            (None, _) => {}
        }
    }
    assert!(!desk.store.pods.is_empty(), "its own pods are there");
    assert!(desk.store.pods.iter().all(|it| it.id.namespace == "docs"));
    // No pane is broken, and those of the whole cluster say why they are empty.
    for key in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
        desk.press(key).await;
        assert!(desk.shown().lines().count() > 30, "tab {key}");
    }
    desk.press("6").await;
    let nodes = desk.shown();
    assert!(
        nodes.contains("may not watch nodes in the cluster"),
        "{nodes}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_go_well_within_and_are_refused_without() {
    let mut desk = Desk::of("tenant", Access::ReadWrite).await;
    let restart = |namespace: &str, name: &str| Action::Restart {
        kind: Workload::Deployment,
        of: ObjectRef::new(namespace, name),
    };
    let said = done(desk.act(restart("docs", "docs")).await);
    assert_eq!(said, "its pods are replaced one after the other");
    let docs = desk.object("deployments.apps", ("docs", "docs")).unwrap();
    let place = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    assert!(docs.pointer(place).is_some());
    let before = desk.asked(0).len();
    let why = refused(desk.act(restart("argocd", "argocd-server")).await);
    assert!(
        why.contains(
            "cannot get resource \"deployments\" in API group \"apps\" in the namespace \"argocd\""
        ),
        "{why}"
    );
    assert_eq!(desk.asked(before), [], "it cannot even be looked at");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_seen_elsewhere_is_not_called_missing_or_unwanted() {
    let mut desk = Desk::of("tenant", Access::ReadWrite).await;
    desk.until("routes are listed", |it| {
        it.http_routes.is_complete() && it.gateways.is_complete() && it.dns_endpoints.is_complete()
    })
    .await;
    assert!(desk.store.cluster.is_some());
    assert!(!dns::wishes_are_known(&desk.store), "of other namespaces");
    let record = PublishedRecord {
        id: ObjectRef::new("example.com", "argocd.example.com"),
        name: "argocd.example.com".into(),
        kind: "A".into(),
        content: "203.0.113.10".into(),
        ..PublishedRecord::default()
    };
    let at = jiff::Timestamp::UNIX_EPOCH;
    for change in [
        Change::Relisting,
        Change::Applied(Box::new(record)),
        Change::Relisted,
    ] {
        let what = What::Record(change);
        fold(&mut desk.store, Event { at, what });
    }
    desk.press("4").await;
    let shown = desk.shown();
    assert!(shown.contains("argocd.example.com"), "{shown}");
    assert!(!shown.contains("Orphan"), "{shown}");
    desk.close().await;
}

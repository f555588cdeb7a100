//! The feeds against the lab's API server: over TLS, with users and their rights.

use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::lab::kube::{Fault, Objects, Options, Server};
use k3scope::store::Store;
use rstest::rstest;
use serde_json::{Value, json};

use super::api::sample;
use super::session::Session;

struct Lab {
    objects: Objects,
    server: Server,
}

impl Lab {
    async fn start(groups: &[&str]) -> Self {
        let objects = Objects::new(Clock::default());
        for group in groups {
            assert!(objects.install(group) > 0);
        }
        for name in ["default", "argocd", "docs"] {
            objects.put("namespaces", json!({"metadata": {"name": name}}));
        }
        let server = Server::start(objects.clone(), Options::default())
            .await
            .unwrap();
        Self { objects, server }
    }

    async fn session(&self, user: &str, namespace: Option<&str>) -> Session {
        Session::of_kubeconfig(&self.server.kubeconfig(user).unwrap(), namespace).await
    }

    fn put_recorded_applications(&self) {
        let list: Value =
            serde_json::from_str(&sample("kube/list.applications.limit2.json")).unwrap();
        for application in list["items"].as_array().unwrap() {
            self.objects
                .put("applications.argoproj.io", application.clone());
        }
    }

    fn put_pod(&self, namespace: &str, name: &str) {
        let pod = json!({
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"nodeName": "k3s-worker", "containers": [{"name": "c", "image": "docs:1"}]},
            "status": {"phase": "Running", "containerStatuses": [
                {"name": "c", "ready": true, "restartCount": 0, "image": "docs:1", "imageID": "", "state": {"running": {}}}]},
        });
        self.objects.put("pods", pod);
    }
}

fn status(store: &Store, id: SourceId) -> &SourceStatus {
    store.sources.status(id)
}

fn is_live(store: &Store, id: SourceId) -> bool {
    *status(store, id) == SourceStatus::Live
}

fn is_denied(store: &Store, id: SourceId) -> bool {
    matches!(status(store, id), SourceStatus::Denied { .. })
}

/// Every feed has said what it has, or that it will not.
fn settled(store: &Store) -> bool {
    store.sources.iter().count() == 31 && store.sources.are_settled()
}

const ALL: &[&str] = &[
    "argoproj.io",
    "cert-manager.io",
    "acme.cert-manager.io",
    "gateway.networking.k8s.io",
    "externaldns.k8s.io",
    "external-secrets.io",
];

#[tokio::test]
async fn an_admin_sees_everything_and_changes_as_they_happen() {
    let lab = Lab::start(ALL).await;
    lab.put_recorded_applications();
    lab.put_pod("docs", "one");
    let mut session = lab.session("admin", None).await;
    session.until("all is settled", settled).await;
    let store = &session.store;
    assert!(is_live(store, SourceId::Applications) && is_live(store, SourceId::Challenges));
    assert_eq!((store.applications.len(), store.pods.len()), (2, 1));
    assert!(store.cluster.as_ref().unwrap().version.starts_with("v1."));
    lab.put_pod("docs", "two");
    lab.objects.remove("pods", Some("docs"), "one");
    let one = ObjectRef::new("docs", "one");
    session
        .until("both changes are shown", |store| {
            store.pods.len() == 1 && store.pods.get(&one).is_none()
        })
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_bare_cluster_says_what_is_not_installed_and_notices_when_it_is() {
    let lab = Lab::start(&[]).await;
    let mut session = lab.session("admin", None).await;
    session.until("all is settled", settled).await;
    for (id, what) in [
        (SourceId::Applications, "Argo CD"),
        (SourceId::Orders, "cert-manager"),
        (SourceId::HttpRoutes, "the Gateway API"),
        (SourceId::DnsEndpoints, "external-dns"),
        (SourceId::ExternalSecrets, "external-secrets"),
    ] {
        assert_eq!(
            *status(&session.store, id),
            SourceStatus::NotInstalled { what: what.into() }
        );
    }
    assert!(is_live(&session.store, SourceId::Pods));
    assert!(lab.objects.install("argoproj.io") > 0);
    lab.put_recorded_applications();
    session
        .until("Argo CD is noticed", |store| store.applications.len() == 2)
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_poor_user_sees_what_is_permitted_and_reads_what_is_not() {
    let lab = Lab::start(ALL).await;
    lab.put_recorded_applications();
    lab.put_pod("docs", "hidden");
    lab.put_pod("argocd", "shown");
    let mut session = lab.session("viewer", Some("argocd")).await;
    session.until("all is settled", settled).await;
    let store = &session.store;
    assert!(is_live(store, SourceId::Pods) && is_live(store, SourceId::Applications));
    assert_eq!((store.pods.len(), store.applications.len()), (1, 2));
    for id in [
        SourceId::Nodes,
        SourceId::Certificates,
        SourceId::HttpRoutes,
    ] {
        assert!(is_denied(store, id), "{id} is {:?}", status(store, id));
    }
    let SourceStatus::Denied { hint } = status(store, SourceId::Certificates) else {
        panic!("certificates are not denied");
    };
    assert_eq!(
        *hint,
        "may not watch certificates.cert-manager.io in namespace argocd: ask for a role with get, list and watch"
    );
    session.stop().await;
}

#[tokio::test]
async fn a_poor_user_who_asks_for_all_namespaces_is_told_of_the_way_out() {
    let lab = Lab::start(ALL).await;
    let mut session = lab.session("viewer", None).await;
    session
        .until("pods are denied", |store| is_denied(store, SourceId::Pods))
        .await;
    let SourceStatus::Denied { hint } = status(&session.store, SourceId::Pods) else {
        panic!("pods are not denied");
    };
    assert!(
        hint.contains("in all namespaces") && hint.contains("-n"),
        "{hint}"
    );
    session.stop().await;
}

#[rstest]
#[case(Fault::WatchExpired)]
#[case(Fault::TooManyRequests)]
#[case(Fault::Unauthorized)]
#[case(Fault::Internal)]
#[tokio::test]
async fn one_bad_answer_passes_and_no_row_is_lost(#[case] fault: Fault) {
    let lab = Lab::start(&[]).await;
    lab.put_pod("docs", "one");
    let mut session = lab.session("admin", None).await;
    session
        .until("the pod is shown", |store| {
            store.pods.len() == 1 && is_live(store, SourceId::Pods)
        })
        .await;
    for _ in 0..5 {
        lab.server.fault(fault);
    }
    lab.server.cut_streams();
    lab.put_pod("docs", "two");
    session
        .until_watching(
            "the second is shown",
            |store| store.pods.len() == 2 && is_live(store, SourceId::Pods),
            |store| assert!(!store.pods.is_empty()),
        )
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back() {
    let lab = Lab::start(&[]).await;
    lab.put_pod("docs", "one");
    let mut session = lab.session("admin", None).await;
    session
        .until("the pod is shown", |store| is_live(store, SourceId::Pods))
        .await;
    lab.server.stop().await;
    session
        .until_watching(
            "pods and the server itself are stale",
            |store| {
                let stale = |id| store.sources.stale_since(id).is_some();
                stale(SourceId::Pods) && stale(SourceId::Cluster)
            },
            |store| assert_eq!(store.pods.len(), 1),
        )
        .await;
    lab.server.restart().await.unwrap();
    session
        .until("all is live again", |store| {
            is_live(store, SourceId::Pods) && is_live(store, SourceId::Cluster)
        })
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_large_list_is_read_whole() {
    let lab = Lab::start(&[]).await;
    for number in 0..1_200 {
        lab.put_pod("docs", &format!("pod-{number}"));
    }
    let mut session = lab.session("admin", None).await;
    session
        .until("all are read", |store| is_live(store, SourceId::Pods))
        .await;
    assert_eq!(session.store.pods.len(), 1_200);
    session.stop().await;
}

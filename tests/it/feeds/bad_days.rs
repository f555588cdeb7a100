//! Refusals, cut streams, versions too old, kinds that are not there: rows stay and the feed says how
//! it is.

use k3scope::domain::object::ObjectRef;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::store::Store;
use rstest::rstest;
use serde_json::{Value, json};

use super::api::{Api, Refusal};
use super::session::Session;

const STREAMS: &str = "v1.36.4+k3s1";
const PAGES: &str = "v1.30.2";

fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "docs"},
        "spec": {"nodeName": "k3s-worker", "containers": [{"name": "c", "image": "docs:1"}]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "c", "ready": true, "restartCount": 0, "state": {"running": {}}}]},
    })
}

fn names(store: &Store) -> Vec<&str> {
    store.pods.iter().map(|pod| pod.id.name.as_str()).collect()
}

fn is_live(store: &Store) -> bool {
    *store.sources.status(SourceId::Pods) == SourceStatus::Live
}

fn is_stale(store: &Store) -> bool {
    store.sources.stale_since(SourceId::Pods).is_some()
}

fn denied(store: &Store) -> Option<String> {
    let status = store.sources.status(SourceId::Applications);
    let SourceStatus::Denied { hint } = status else {
        return None;
    };
    Some(hint.to_string())
}

async fn two_pods(version: &str) -> (Api, Session) {
    let api = Api::start(version).await;
    api.put("pods", pod("one"));
    api.put("pods", pod("two"));
    let mut session = Session::with(&api, None).await;
    session
        .until("both pods are shown", |store| {
            is_live(store) && store.pods.len() == 2
        })
        .await;
    (api, session)
}

#[rstest]
#[case::streamed(STREAMS)]
#[case::paged(PAGES)]
#[tokio::test]
async fn a_list_and_then_changes(#[case] version: &str) {
    let (api, mut session) = two_pods(version).await;
    let streamed = api
        .requests()
        .iter()
        .any(|request| request.contains("sendInitialEvents=true"));
    assert_eq!(streamed, version == STREAMS);
    api.put("pods", pod("three"));
    session
        .until("the third is shown", |store| {
            names(store).contains(&"three")
        })
        .await;
    session.stop().await;
}

#[rstest]
#[case::streamed(STREAMS)]
#[case::paged(PAGES)]
#[tokio::test]
async fn a_cut_watch_keeps_its_rows_and_comes_back(#[case] version: &str) {
    let (api, mut session) = two_pods(version).await;
    api.refuse(
        "pods",
        Refusal::status(503, "ServiceUnavailable", "apiserver is shutting down"),
    );
    session
        .until_watching("the feed is stale", is_stale, |store| {
            assert_eq!(store.pods.len(), 2);
        })
        .await;
    api.forget("pods", "one");
    api.accept("pods");
    session.until("the feed is live again", is_live).await;
    assert_eq!(
        names(&session.store),
        ["two"],
        "what went meanwhile is gone"
    );
    let back = session
        .store
        .log
        .lines()
        .any(|(_, line)| line.text == "connected again");
    assert!(back);
    session.stop().await;
}

#[tokio::test]
async fn a_version_too_old_lists_again_without_a_gap() {
    let (api, mut session) = two_pods(STREAMS).await;
    api.forget("pods", "one");
    api.gone("pods");
    session
        .until_watching(
            "the new list is complete",
            |store| names(store) == ["two"],
            |store| assert!(names(store).contains(&"two") && !is_stale(store)),
        )
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_stream_lists_is_asked_page_by_page() {
    let api = Api::start(STREAMS).await;
    api.refuse_streams(Refusal::recorded(
        "kube/error.watchlist-unsupported-old-etcd.http.txt",
    ));
    api.put("pods", pod("one"));
    let mut session = Session::with(&api, None).await;
    session
        .until_watching("the pod is shown", is_live, |store| {
            assert!(!is_stale(store));
        })
        .await;
    assert_eq!(names(&session.store), ["one"]);
    session.stop().await;
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_said_and_tried_again() {
    let (api, mut session) = two_pods(STREAMS).await;
    api.refuse("pods", Refusal::status(401, "Unauthorized", "Unauthorized"));
    session.until("the feed is stale", is_stale).await;
    let SourceStatus::Stale {
        error,
        retry_at,
        since,
    } = session.store.sources.status(SourceId::Pods)
    else {
        panic!("not stale");
    };
    assert!(error.contains("does not accept the credentials"), "{error}");
    assert!(retry_at > since);
    api.accept("pods");
    session.until("the feed is live again", is_live).await;
    session.stop().await;
}

#[tokio::test]
async fn missing_rights_name_verb_resource_and_place() {
    let api = Api::start(STREAMS).await;
    api.serve("argoproj.io/v1alpha1", "applications");
    api.refuse(
        "applications",
        Refusal::recorded("kube/error.403-forbidden.http.txt"),
    );
    let mut session = Session::with(&api, None).await;
    session
        .until("the feed is denied", |store| denied(store).is_some())
        .await;
    let hint = denied(&session.store).unwrap();
    assert!(
        hint.starts_with("may not list applications.argoproj.io in all namespaces"),
        "{hint}"
    );
    assert!(hint.contains("-n"), "{hint}");
    api.accept("applications");
    let live = |store: &Store| *store.sources.status(SourceId::Applications) == SourceStatus::Live;
    session
        .until("the right is noticed when it is given", live)
        .await;
    session.stop().await;
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_waited_for() {
    let api = Api::start(STREAMS).await;
    api.refuse(
        "pods",
        Refusal::recorded("kube/error.429-reinitializing.http.txt"),
    );
    let mut session = Session::with(&api, None).await;
    session.until("the feed is stale", is_stale).await;
    let SourceStatus::Stale { error, .. } = session.store.sources.status(SourceId::Pods) else {
        panic!("not stale");
    };
    assert!(
        error.contains("asks to wait: storage is (re)initializing"),
        "{error}"
    );
    api.accept("pods");
    session.until("the feed is live", is_live).await;
    session.stop().await;
}

#[tokio::test]
async fn a_kind_that_is_not_installed_is_said_and_noticed_when_it_comes() {
    let api = Api::start(STREAMS).await;
    let mut session = Session::with(&api, None).await;
    let status = |store: &Store| store.sources.status(SourceId::Certificates).clone();
    session
        .until("it is said", |store| {
            status(store).is_settled() && status(store) != SourceStatus::Off
        })
        .await;
    assert_eq!(
        status(&session.store),
        SourceStatus::NotInstalled {
            what: "cert-manager".into()
        }
    );
    api.serve("cert-manager.io/v1", "certificates");
    session
        .until("it is noticed", |store| status(store) == SourceStatus::Live)
        .await;
    session.stop().await;
}

#[tokio::test]
async fn an_older_version_of_a_kind_is_read_too() {
    let api = Api::start(STREAMS).await;
    api.serve("gateway.networking.k8s.io/v1beta1", "gateways");
    let mut session = Session::with(&api, None).await;
    let live = |store: &Store| *store.sources.status(SourceId::Gateways) == SourceStatus::Live;
    session.until("gateways are live", live).await;
    session.stop().await;
}

#[tokio::test]
async fn one_namespace_is_all_that_is_asked_for() {
    let api = Api::start(STREAMS).await;
    let mut session = Session::with(&api, Some("docs")).await;
    session.until("pods are live", is_live).await;
    let live = |store: &Store| *store.sources.status(SourceId::Nodes) == SourceStatus::Live;
    session.until("nodes are live", live).await;
    let requests = api.requests();
    let has = |path: &str| requests.iter().any(|request| request.starts_with(path));
    assert!(has("/api/v1/namespaces/docs/pods?"));
    assert!(!has("/api/v1/pods?"));
    assert!(has("/api/v1/nodes?"), "nodes have no namespace");
    session.stop().await;
}

#[tokio::test]
async fn hostile_text_and_broken_objects_cost_only_themselves() {
    let api = Api::start(STREAMS).await;
    let mut hostile = pod("good");
    hostile["status"]["reason"] = json!("\u{1b}]0;owned\u{7}Evil\u{202e}\u{200b}");
    hostile["status"]["message"] = json!("x".repeat(1 << 20));
    hostile["status"]["containerStatuses"] = Value::Null;
    api.put("pods", hostile);
    let mut broken = pod("broken");
    broken["spec"] = json!("not an object");
    api.put("pods", broken);
    let mut session = Session::with(&api, None).await;
    session.until("the list is complete", is_live).await;
    assert_eq!(names(&session.store), ["good"]);
    let shown = session
        .store
        .pods
        .get(&ObjectRef::new("docs", "good"))
        .unwrap();
    assert_eq!(shown.status, "Evil");
    assert!(shown.message.chars().count() <= 4_097);
    let said = session
        .store
        .log
        .lines()
        .any(|(_, line)| line.text.contains("docs/broken is not shown"));
    assert!(said);
    session.stop().await;
}

#[tokio::test]
async fn a_dead_server_is_unreachable_and_the_feeds_go_on() {
    let (folder, kubeconfig) = {
        let api = Api::start(STREAMS).await;
        let made = super::session::kubeconfig(&api);
        api.shut();
        made
    };
    let target = k3scope::kube::Target {
        kubeconfig: Some(kubeconfig),
        ..k3scope::kube::Target::default()
    };
    let feeds = k3scope::sources::Feeds {
        kubernetes: Some(k3scope::kube::Connection::open(&target).await.unwrap()),
        ..k3scope::sources::Feeds::default()
    };
    let mut session = Session::following(feeds, folder);
    let unreachable = |store: &Store| {
        let SourceStatus::Stale { error, .. } = store.sources.status(SourceId::Cluster) else {
            return false;
        };
        error.starts_with("cannot reach the API server")
    };
    session.until("it is said", unreachable).await;
    session.until("pods are stale too", is_stale).await;
    session.stop().await;
}

//! What goes wrong on request: faults, a server that goes away and comes back on its port.

use k3scope::lab::kube::Fault;
use rstest::rstest;
use serde_json::json;

use super::cluster::{Cluster, sample_body};

#[rstest]
#[case(Fault::TooManyRequests, 429)]
#[case(Fault::Unauthorized, 401)]
#[case(Fault::Internal, 500)]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_happens_once(#[case] fault: Fault, #[case] code: u16) {
    let cluster = Cluster::start().await;
    cluster.server.fault(fault);
    let answer = cluster.get("admin", "/api/v1/pods").await;
    assert_eq!(answer.code, code);
    if fault == Fault::TooManyRequests {
        assert_eq!(
            answer.json(),
            sample_body("error.429-reinitializing.http.txt")
        );
    }
    assert_eq!(cluster.get("admin", "/api/v1/pods").await.code, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_watch_spares_other_requests() {
    let cluster = Cluster::start().await;
    cluster.server.fault(Fault::WatchExpired);
    assert_eq!(cluster.get("admin", "/api/v1/pods").await.code, 200);
    let answer = cluster.get("admin", "/api/v1/pods?watch=1").await;
    assert_eq!(answer.code, 200);
    assert_eq!(answer.json()["type"], "ERROR");
    assert_eq!(answer.json()["object"]["code"], 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_comes_back_where_it_was() {
    let cluster = Cluster::start().await;
    let before = cluster.get("admin", "/readyz").await;
    assert_eq!((before.code, before.text.as_str()), (200, "ok"));
    let watch = cluster.request("admin", "GET", "/api/v1/pods?watch=1");
    let mut watch = watch.send().await.unwrap();
    assert!(
        watch.chunk().await.unwrap().is_some(),
        "the pods that are there"
    );

    cluster.server.stop().await;
    assert!(watch.chunk().await.is_err(), "an open stream breaks");
    assert!(
        cluster
            .request("admin", "GET", "/readyz")
            .send()
            .await
            .is_err()
    );

    cluster.server.restart().await.unwrap();
    assert_eq!(cluster.get("admin", "/readyz").await.code, 200);
    let kept = cluster
        .get("admin", "/api/v1/namespaces/docs/pods/docs-1")
        .await;
    assert_eq!(kept.json()["metadata"]["name"], json!("docs-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn finalizers_and_owners_hold_and_follow() {
    let cluster = Cluster::start().await;
    let path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/argocd-ingress";
    let first = cluster.ask(cluster.request("admin", "DELETE", path)).await;
    assert!(
        first.json()["metadata"]["deletionTimestamp"].is_string(),
        "{}",
        first.text
    );
    let release = cluster
        .request("admin", "PATCH", path)
        .header("content-type", "application/merge-patch+json")
        .body(json!({"metadata": {"finalizers": null}}).to_string());
    assert_eq!(cluster.ask(release).await.code, 200);
    assert_eq!(cluster.get("admin", path).await.code, 404);

    let owner = cluster.objects.get("pods", Some("docs"), "docs-1").unwrap();
    let dependent = json!({"metadata": {"name": "d", "namespace": "docs", "ownerReferences": [
        {"apiVersion": "v1", "kind": "Pod", "name": "docs-1", "uid": owner["metadata"]["uid"]}]}});
    cluster.objects.put("configmaps", dependent);
    let path = "/api/v1/namespaces/docs/pods/docs-1";
    let wrong = json!({"preconditions": {"uid": "other"}});
    let refused = cluster
        .ask(cluster.request("admin", "DELETE", path).json(&wrong))
        .await;
    assert_eq!(refused.code, 409);
    let done = cluster.ask(cluster.request("admin", "DELETE", path)).await;
    assert_eq!(done.json()["status"], "Success");
    assert!(cluster.objects.list("configmaps").is_empty());
}

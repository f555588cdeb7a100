//! A stream to a port of a pod, and why there is none.

use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::envoy::{Admin, Error};
use k3scope::kube::forward::{ForwardError, open};
use k3scope::lab::Lab;
use serde_json::{Value, json};

use super::{connection, lab};

/// The lab's one proxy.
fn proxy(lab: &Lab) -> ObjectRef {
    let pods = lab.objects().unwrap().list("pods");
    let own = pods.iter().find(|pod| {
        let labels = &pod["metadata"]["labels"];
        labels["gateway.envoyproxy.io/owning-gateway-name"] == "public-gateway"
    });
    let name = |pod: &Value| pod["metadata"]["name"].as_str().unwrap().to_owned();
    ObjectRef::new("envoy-gateway-system", name(own.unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_answers_at_its_port_and_nothing_at_another() {
    let lab = lab("running").await;
    let (admin, pod) = (connection(&lab, "admin").await, proxy(&lab));
    let clock = Clock::default();
    let stream = open(&admin, &pod, 19_000, clock).await.unwrap();
    let snapshot = Admin::over(stream, clock).await.unwrap().snapshot().await;
    assert_eq!(snapshot.unwrap().state, "LIVE");
    let other = open(&admin, &pod, 19_001, clock).await.unwrap();
    let refused = match Admin::over(other, clock).await {
        Ok(mut conversation) => conversation.reading().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(refused, Error::Broken(_)), "{refused}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_is_missing() {
    let lab = lab("running").await;
    let (admin, viewer) = (
        connection(&lab, "admin").await,
        connection(&lab, "viewer").await,
    );
    let (pod, clock) = (proxy(&lab), Clock::default());
    let denied = open(&viewer, &pod, 19_000, clock).await.unwrap_err();
    assert!(matches!(denied, ForwardError::Forbidden { .. }), "{denied}");
    assert!(
        denied.to_string().contains("create on pods/portforward"),
        "{denied}"
    );
    let nobody = ObjectRef::new("envoy-gateway-system", "nobody");
    let gone = open(&admin, &nobody, 19_000, clock).await.unwrap_err();
    assert_eq!(gone, ForwardError::Gone(nobody));
    lab.objects().unwrap().put(
        "pods",
        json!({
            "metadata": {"name": "waits", "namespace": "docs"},
            "spec": {"containers": [{"name": "c", "image": "c:1"}]},
            "status": {"phase": "Pending"},
        }),
    );
    let waits = ObjectRef::new("docs", "waits");
    let pending = open(&admin, &waits, 19_000, clock).await.unwrap_err();
    assert_eq!(
        pending.to_string(),
        "pod docs/waits takes no connection: unable to forward port because pod waits is not running"
    );
    lab.stop().await.unwrap();
}

//! Lists in pages, of one moment, and what happens when that moment is forgotten.

use serde_json::{Value, json};

use super::cluster::{Cluster, sample_body};

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "docs", "labels": {"app": name}},
           "spec": {"nodeName": "k3s-server", "containers": [{"name": "c", "image": "x"}]},
           "status": {"phase": "Pending"}})
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_of_one_moment() {
    let cluster = Cluster::start().await;
    for name in ["a", "b", "c"] {
        cluster.objects.put("pods", pod(name));
    }
    let pods = "/api/v1/namespaces/docs/pods";
    let first = cluster
        .get("admin", &format!("{pods}?limit=2"))
        .await
        .json();
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    let token = first["metadata"]["continue"].as_str().unwrap();

    cluster.objects.remove("pods", Some("docs"), "c");
    cluster.objects.put("pods", pod("d"));
    let rest = format!("{pods}?limit=5&continue={token}");
    let second = cluster.get("admin", &rest).await.json();
    assert_eq!(
        names(&second),
        ["c", "docs-1"],
        "as they were when the list began"
    );
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );

    cluster.objects.compact();
    let expired = cluster.get("admin", &rest).await;
    assert_eq!(expired.code, 410);
    let (mine, recorded) = (
        expired.json(),
        sample_body("error.410-continue-expired.http.txt"),
    );
    assert_eq!(mine["message"], recorded["message"]);
    assert_eq!(mine["reason"], recorded["reason"]);
    let token = mine["metadata"]["continue"].as_str().unwrap();
    let now = cluster
        .get("admin", &format!("{pods}?continue={token}"))
        .await
        .json();
    assert_eq!(names(&now), ["d", "docs-1"], "as they are now");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_selectors_narrow_lists() {
    let cluster = Cluster::start().await;
    let then = cluster.objects.put("pods", pod("a"));
    let then = then["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    cluster.objects.put("pods", pod("b"));
    let pods = "/api/v1/pods";
    let exact = format!("{pods}?resourceVersion={then}&resourceVersionMatch=Exact");
    assert_eq!(
        names(&cluster.get("admin", &exact).await.json()),
        ["a", "docs-1"]
    );
    cluster.objects.compact();
    let answer = cluster.get("admin", &exact).await;
    assert_eq!(answer.json(), sample_body("error.410-exact-rv.http.txt"));

    for (selector, expected) in [
        ("labelSelector=app%20in%20(a,b)", vec!["a", "b"]),
        ("labelSelector=app!=docs", vec!["a", "b"]),
        ("fieldSelector=status.phase%3DRunning", vec!["docs-1"]),
        (
            "fieldSelector=spec.nodeName%3Dk3s-server,metadata.name!%3Da",
            vec!["b", "docs-1"],
        ),
    ] {
        let list = cluster
            .get("admin", &format!("{pods}?{selector}"))
            .await
            .json();
        assert_eq!(names(&list), expected, "{selector}");
    }
    let custom = "/apis/argoproj.io/v1alpha1/applications?fieldSelector=spec.project%3Ddefault";
    let answer = cluster.get("admin", custom).await;
    assert_eq!(
        (answer.code, answer.json()["message"].clone()),
        (400, json!("field label not supported: spec.project"))
    );
    let future = cluster
        .get("admin", &format!("{pods}?resourceVersion=999999"))
        .await;
    assert_eq!(future.code, 504);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_and_another_group_show_the_same_objects() {
    let cluster = Cluster::start().await;
    let gateway = json!({"metadata": {"name": "public-gateway", "namespace": "default"},
                         "spec": {"gatewayClassName": "envoy"}});
    cluster
        .objects
        .put("gateways.gateway.networking.k8s.io", gateway);
    let old = "/apis/gateway.networking.k8s.io/v1beta1/namespaces/default/gateways/public-gateway";
    let old = cluster.get("admin", old).await.json();
    assert_eq!(old["apiVersion"], "gateway.networking.k8s.io/v1beta1");

    let event = json!({"metadata": {"name": "e", "namespace": "docs"}, "reason": "BackOff",
                       "message": "again", "involvedObject": {"kind": "Pod", "name": "docs-1"}});
    cluster.objects.put("events", event);
    let new = "/apis/events.k8s.io/v1/namespaces/docs/events/e";
    let new = cluster.get("admin", new).await.json();
    assert_eq!(new["note"], "again");
    assert_eq!(new["regarding"]["name"], "docs-1");
}

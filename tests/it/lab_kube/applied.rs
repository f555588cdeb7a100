//! Server-side apply, as a controller uses it.

use serde_json::{Value, json};

use super::cluster::{Answer, Cluster};

const PATH: &str = "/api/v1/namespaces/docs/services/web";

async fn apply(cluster: &Cluster, path: &str, body: &Value) -> Answer {
    let request = cluster
        .request("admin", "PATCH", path)
        .header("content-type", "application/apply-patch+yaml")
        .body(body.to_string());
    cluster.ask(request).await
}

fn service(ports: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "docs"},
           "spec": {"ports": ports}})
}

fn owners(object: &Value) -> Vec<(&str, &str)> {
    let managers = object["metadata"]["managedFields"].as_array().unwrap();
    managers
        .iter()
        .map(|one| {
            (
                one["manager"].as_str().unwrap(),
                one["operation"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_changes_nothing() {
    let cluster = Cluster::start().await;
    let wanted = service(&json!([{"name": "http", "port": 80}]));
    let path = format!("{PATH}?fieldManager=one");
    let first = apply(&cluster, &path, &wanted).await;
    assert_eq!(first.code, 201);
    let again = apply(&cluster, &path, &wanted).await;
    assert_eq!((again.code, again.json()), (200, first.json()));
    let nameless = apply(&cluster, PATH, &wanted).await;
    assert_eq!(nameless.code, 422, "{}", nameless.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_managers_share_a_list_by_its_keys() {
    let cluster = Cluster::start().await;
    let (one, two) = (
        format!("{PATH}?fieldManager=one"),
        format!("{PATH}?fieldManager=two"),
    );
    apply(
        &cluster,
        &one,
        &service(&json!([{"name": "http", "port": 80}])),
    )
    .await;
    let both = apply(
        &cluster,
        &two,
        &service(&json!([{"name": "https", "port": 443}])),
    )
    .await;
    let ports = |object: &Value| {
        let ports = object["spec"]["ports"].as_array().unwrap();
        ports
            .iter()
            .map(|port| port["port"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(ports(&both.json()), [80, 443]);
    assert_eq!(owners(&both.json()), [("one", "Apply"), ("two", "Apply")]);

    let taken = apply(
        &cluster,
        &two,
        &service(&json!([{"name": "mine", "port": 80}])),
    )
    .await;
    assert_eq!(taken.code, 409);
    assert_eq!(
        taken.json()["details"]["causes"][0]["field"],
        ".spec.ports[port=80,protocol=\"TCP\"].name"
    );

    let left = apply(&cluster, &one, &service(&json!([]))).await;
    assert_eq!(
        ports(&left.json()),
        [443],
        "what its only owner gave up is gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_takes_fields_from_who_applied_them() {
    let cluster = Cluster::start().await;
    let path = format!("{PATH}?fieldManager=one");
    let mut wanted = service(&json!([{"name": "http", "port": 80}]));
    wanted["spec"]["type"] = json!("ClusterIP");
    apply(&cluster, &path, &wanted).await;
    let by_hand = cluster
        .request("admin", "PATCH", &format!("{PATH}?fieldManager=hand"))
        .header("content-type", "application/merge-patch+json")
        .body(json!({"spec": {"type": "NodePort"}}).to_string());
    let changed = cluster.ask(by_hand).await.json();
    assert_eq!(owners(&changed), [("one", "Apply"), ("hand", "Update")]);
    let fields = &changed["metadata"]["managedFields"][1]["fieldsV1"];
    assert_eq!(*fields, json!({"f:spec": {"f:type": {}}}));
    let back = apply(&cluster, &path, &wanted).await;
    assert_eq!(back.code, 409);
    assert_eq!(
        back.json()["message"],
        "Apply failed with 1 conflict: conflict with \"hand\" using v1: .spec.type"
    );
}

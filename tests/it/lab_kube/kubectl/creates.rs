//! New kinds, and what client-go sends as protobuf.

use serde_json::json;

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{columns, ok, refused, with_input};

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_brings_its_kind_and_takes_it_away() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "lamps.example.org"},
        "spec": {"group": "example.org", "scope": "Namespaced",
            "names": {"kind": "Lamp", "plural": "lamps", "singular": "lamp", "listKind": "LampList"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "additionalPrinterColumns": [{"name": "Lit", "type": "boolean", "jsonPath": ".spec.lit"}],
                "schema": {"openAPIV3Schema": {"type": "object", "properties":
                    {"spec": {"type": "object", "properties": {"lit": {"type": "boolean", "default": true}}}}}}}]}
    });
    with_input(
        &cluster,
        &["apply", "--server-side", "-f", "-"],
        Some(&definition),
    )
    .await;
    ok(
        &cluster,
        &[
            "wait",
            "--for=condition=Established",
            "crd/lamps.example.org",
            "--timeout=20s",
        ],
    )
    .await;
    let lamp = json!({"apiVersion": "example.org/v1", "kind": "Lamp",
                      "metadata": {"name": "desk", "namespace": "docs"}, "spec": {}});
    with_input(&cluster, &["apply", "-f", "-"], Some(&lamp)).await;
    let table = ok(&cluster, &["get", "lamps", "-n", "docs", "--no-headers"]).await;
    assert_eq!(columns(&table), ["desk", "true"]);
    ok(&cluster, &["delete", "crd", "lamps.example.org"]).await;
    assert!(cluster.objects.list("lamps.example.org").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_creates_what_client_go_sends_as_protobuf() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    ok(&cluster, &["create", "namespace", "team"]).await;
    ok(
        &cluster,
        &[
            "create",
            "deployment",
            "web",
            "--image=nginx",
            "--port=80",
            "-n",
            "team",
        ],
    )
    .await;
    ok(
        &cluster,
        &[
            "create",
            "secret",
            "generic",
            "s",
            "--from-literal=a=b",
            "-n",
            "team",
        ],
    )
    .await;
    let web = cluster
        .objects
        .get("deployments.apps", Some("team"), "web")
        .unwrap();
    let container = &web["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        (&container["image"], &container["ports"][0]["containerPort"]),
        (&json!("nginx"), &json!(80))
    );
    let secret = cluster.objects.get("secrets", Some("team"), "s").unwrap();
    assert_eq!(secret["data"], json!({"a": "Yg=="}));
    ok(&cluster, &["delete", "namespace", "team"]).await;
    assert!(cluster.objects.get("secrets", Some("team"), "s").is_none());
    let lost = ["create", "configmap", "c", "-n", "team"];
    let error = refused(&cluster, "admin", &lost, None).await;
    assert!(error.contains("namespaces \"team\" not found"), "{error}");
}

//! Applying, on the client and on the server, and what custom kinds refuse.

use serde_json::{Value, json};

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{columns, deployment, ok, refused, with_input};

#[tokio::test(flavor = "multi_thread")]
async fn it_applies_on_both_sides() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let apply = ["apply", "-f", "-"];
    for (image, outcome) in [
        ("one", "created"),
        ("two", "configured"),
        ("two", "unchanged"),
    ] {
        let said = with_input(&cluster, &apply, Some(&deployment(image))).await;
        assert_eq!(said.trim(), format!("deployment.apps/web {outcome}"));
    }
    let web = cluster
        .objects
        .get("deployments.apps", Some("docs"), "web")
        .unwrap();
    assert_eq!(web["metadata"]["generation"], 2);
    assert_eq!(
        web["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"],
        "TCP"
    );

    let server_side = ["apply", "--server-side", "-f", "-"];
    let error = refused(&cluster, "admin", &server_side, Some(&deployment("three"))).await;
    assert!(
        error.contains(
            "conflict with \"kubectl-client-side-apply\" using apps/v1: \
             .spec.template.spec.containers[name=\"web\"].image"
        ),
        "{error}"
    );
    let force = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    with_input(&cluster, &force, Some(&deployment("three"))).await;
    let mut without = deployment("three");
    without["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("labels");
    with_input(&cluster, &force, Some(&without)).await;
    let web = cluster
        .objects
        .get("deployments.apps", Some("docs"), "web")
        .unwrap();
    assert_eq!(
        web["spec"]["template"]["spec"]["containers"][0]["image"],
        "three"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_field_that_is_no_longer_stated_goes() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let apply = ["apply", "--server-side", "-f", "-"];
    let config = |data: Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
               "metadata": {"name": "c", "namespace": "docs"}, "data": data})
    };
    with_input(&cluster, &apply, Some(&config(json!({"a": "1", "b": "2"})))).await;
    let other = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
    with_input(&cluster, &other, Some(&config(json!({"a": "1", "c": "3"})))).await;
    with_input(&cluster, &apply, Some(&config(json!({})))).await;
    let left = cluster
        .objects
        .get("configmaps", Some("docs"), "c")
        .unwrap();
    assert_eq!(
        left["data"],
        json!({"a": "1", "c": "3"}),
        "what another manager owns stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_objects_are_checked_and_have_a_status() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let certificate = |spec: Value| {
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
               "metadata": {"name": "docs", "namespace": "docs"}, "spec": spec})
    };
    let apply = ["apply", "-f", "-"];
    let issuer = json!({"name": "letsencrypt"});
    let spec = json!({"secretName": "tls", "issuerRef": issuer, "nonsense": 1});
    let error = refused(&cluster, "admin", &apply, Some(&certificate(spec))).await;
    assert!(error.contains("unknown field \"spec.nonsense\""), "{error}");
    let error = refused(
        &cluster,
        "admin",
        &apply,
        Some(&certificate(json!({"secretName": 1}))),
    )
    .await;
    assert!(error.contains("spec.issuerRef: Required value"), "{error}");
    assert!(error.contains("must be of type string"), "{error}");
    let spec = json!({"secretName": "tls", "issuerRef": issuer, "dnsNames": ["docs.example.org"]});
    with_input(
        &cluster,
        &["apply", "--dry-run=server", "-f", "-"],
        Some(&certificate(spec.clone())),
    )
    .await;
    assert!(
        cluster
            .objects
            .list("certificates.cert-manager.io")
            .is_empty(),
        "only tried"
    );
    with_input(&cluster, &apply, Some(&certificate(spec))).await;

    let ready = r#"{"spec":{"secretName":"other"},"status":{"conditions":[{"type":"Ready",
        "status":"True","reason":"Ready","message":"up to date"}]}}"#;
    let path = [
        "patch",
        "certificate",
        "docs",
        "-n",
        "docs",
        "--subresource=status",
        "--type=merge",
    ];
    ok(&cluster, &[&path[..], &["-p", ready]].concat()).await;
    let stored = cluster
        .objects
        .get("certificates.cert-manager.io", Some("docs"), "docs")
        .unwrap();
    assert_eq!(
        stored["spec"]["secretName"], "tls",
        "a status write leaves the rest alone"
    );
    assert_eq!(stored["metadata"]["generation"], 1);
    let table = ok(&cluster, &["get", "cert", "-n", "docs", "--no-headers"]).await;
    assert_eq!(columns(&table)[..3], ["docs", "True", "tls"]);
    let waited = [
        "wait",
        "--for=condition=Ready",
        "cert/docs",
        "-n",
        "docs",
        "--timeout=20s",
    ];
    ok(&cluster, &waited).await;
    ok(&cluster, &["delete", "cert", "docs", "-n", "docs"]).await;
}

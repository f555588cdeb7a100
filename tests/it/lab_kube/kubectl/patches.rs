//! Patches in every form, and the verbs that make them.

use serde_json::json;

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{deployment, ok, with_input};

#[tokio::test(flavor = "multi_thread")]
async fn it_patches_in_every_form() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    with_input(&cluster, &["create", "-f", "-"], Some(&deployment("one"))).await;
    let web = || {
        let web = cluster.objects.get("deployments.apps", Some("docs"), "web");
        web.unwrap()
    };
    let patch = |form: &'static str, patch: &'static str| {
        [
            "patch",
            "deployment",
            "web",
            "-n",
            "docs",
            "--type",
            form,
            "-p",
            patch,
        ]
    };
    let side = r#"{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"x"}]}}}}"#;
    ok(&cluster, &patch("strategic", side)).await;
    assert_eq!(
        web()["spec"]["template"]["spec"]["containers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    ok(&cluster, &patch("merge", r#"{"spec":{"replicas":5}}"#)).await;
    assert_eq!(web()["spec"]["replicas"], 5);
    ok(
        &cluster,
        &patch("json", r#"[{"op":"remove","path":"/metadata/labels/app"}]"#),
    )
    .await;
    assert_eq!(web()["metadata"].get("labels"), Some(&json!({})));
    ok(
        &cluster,
        &["scale", "deployment", "web", "-n", "docs", "--replicas=7"],
    )
    .await;
    assert_eq!(web()["spec"]["replicas"], 7);
    ok(
        &cluster,
        &["rollout", "restart", "deployment/web", "-n", "docs"],
    )
    .await;
    let template = web()["spec"]["template"]["metadata"]["annotations"].clone();
    assert!(template["kubectl.kubernetes.io/restartedAt"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn its_everyday_verbs_change_objects() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    ok(
        &cluster,
        &["label", "pod", "docs-1", "-n", "docs", "team=a"],
    )
    .await;
    ok(
        &cluster,
        &[
            "annotate",
            "app",
            "argocd-ingress",
            "-n",
            "argocd",
            "argocd.argoproj.io/refresh=hard",
        ],
    )
    .await;
    let app = cluster
        .objects
        .get("applications.argoproj.io", Some("argocd"), "argocd-ingress");
    assert_eq!(
        app.unwrap()["metadata"]["annotations"]["argocd.argoproj.io/refresh"],
        "hard"
    );
    ok(&cluster, &["cordon", "k3s-server"]).await;
    assert!(
        ok(&cluster, &["get", "nodes"])
            .await
            .contains("Ready,SchedulingDisabled")
    );
    ok(&cluster, &["drain", "k3s-server", "--force"]).await;
    assert!(cluster.objects.list("pods").is_empty(), "evicted");
}

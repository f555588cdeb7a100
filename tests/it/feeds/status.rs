//! `k3scope status` as a script sees it.

use std::path::Path;

use serde_json::{Value, json};

use super::api::{Api, Refusal};
use super::session::kubeconfig;

const VERSION: &str = "v1.36.4+k3s1";

struct Answer {
    exit: i32,
    out: String,
    err: String,
}

async fn status(kubeconfig: &Path, more: &[&str]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .args(["status", "--kubeconfig"])
        .arg(kubeconfig)
        .args(more)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output();
    let output = run.await.unwrap();
    Answer {
        exit: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn application(health: &str) -> Value {
    json!({
        "metadata": {"name": "docs", "namespace": "argocd"},
        "status": {"sync": {"status": "Synced"}, "health": {"status": health, "lastTransitionTime": "2026-11-22T11:00:00Z"}},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn well_degraded_and_not_known() {
    let api = Api::start(VERSION).await;
    let (_folder, config) = kubeconfig(&api);
    api.serve("argoproj.io/v1alpha1", "applications");
    api.put("applications", application("Healthy"));
    let well = status(&config, &["--json"]).await;
    assert_eq!(well.exit, 0, "{} {}", well.out, well.err);
    let told: Value = serde_json::from_str(&well.out).unwrap();
    assert_eq!(told["verdict"], "well");
    assert_eq!(told["cluster"]["version"], VERSION);
    assert_eq!(
        told["counts"]["applications"],
        json!({"total": 1, "well": 1})
    );
    assert_eq!(
        told["counts"].get("certificates"),
        None,
        "what is not installed is not counted"
    );

    api.put("applications", application("Degraded"));
    let degraded = status(&config, &[]).await;
    assert_eq!(degraded.exit, 1);
    assert!(
        degraded.out.starts_with("✖ 1 failed · test · v1.36.4+k3s1"),
        "{}",
        degraded.out
    );
    assert!(
        degraded.out.contains("✖ application argocd/docs"),
        "{}",
        degraded.out
    );

    api.put("applications", application("Healthy"));
    api.refuse(
        "pods",
        Refusal::status(500, "InternalError", "etcd is away"),
    );
    let unknown = status(&config, &["--timeout", "1s"]).await;
    assert_eq!(unknown.exit, 3);
    assert!(unknown.out.contains("etcd is away"), "{}", unknown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_cluster_is_not_known_and_a_missing_kubeconfig_is_usage() {
    let api = Api::start(VERSION).await;
    let (folder, config) = kubeconfig(&api);
    api.shut();
    let dead = status(&config, &["--timeout", "500ms"]).await;
    assert_eq!(dead.exit, 3);
    assert_eq!(dead.err, "", "the log of what lies below is for --verbose");
    assert_eq!(
        dead.out.matches("cannot reach").count(),
        1,
        "said once: {}",
        dead.out
    );

    let missing = status(&folder.path().join("none"), &[]).await;
    assert_eq!(missing.exit, 2);
    assert!(missing.out.is_empty());
    assert!(missing.err.contains("--kubeconfig"), "{}", missing.err);
    let context = status(&config, &["--context", "elsewhere"]).await;
    assert_eq!(context.exit, 2);
    assert!(context.err.contains("elsewhere"), "{}", context.err);
}

//! Whole clusters: what `apply` makes becomes one that serves its hosts.

use std::process::Stdio;
use std::time::Duration;

use k3scope::lab::Lab;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::watch;

use super::world::{comes, lab, markers, wait_until};

const LIMIT: Duration = Duration::from_mins(2);

/// Runs the program with the lab's configuration, in a layout.
pub(super) async fn run(lab: &Lab, layout: &str, args: &[&str]) {
    let path = lab.cluster_toml();
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("layout = \"reference\"", &format!("layout = \"{layout}\""));
    std::fs::write(&path, text).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .arg("-c")
        .arg(path)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
}

fn state(object: &Value, pointer: &str) -> String {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

/// The root and its nine, all Synced and Healthy, and two certificates that were issued.
fn is_healthy(lab: &Lab) -> bool {
    let Some(objects) = lab.objects() else {
        return false;
    };
    let applications = objects.list("applications.argoproj.io");
    let well = applications.iter().filter(|one| {
        state(one, "/status/sync/status") == "Synced"
            && state(one, "/status/health/status") == "Healthy"
    });
    let certificates = objects.list("certificates.cert-manager.io");
    let issued = certificates.iter().filter(|one| {
        let conditions = one.pointer("/status/conditions").and_then(Value::as_array);
        let mut all = conditions.into_iter().flatten();
        all.any(|it| it["type"] == "Ready" && it["status"] == "True")
    });
    well.count() == 10 && issued.count() == 2
}

/// Waits for a whole cluster; objects wake it, and consoles while there are none.
pub(super) async fn becomes_healthy(lab: &Lab) {
    wait_until("a cluster", lab.oci().printed(), || lab.objects().is_some()).await;
    let mut changes: watch::Receiver<u64> = lab.objects().unwrap().changes();
    let waiting = async {
        while !is_healthy(lab) {
            changes.changed().await.unwrap();
        }
    };
    let done = k3scope::clock::Clock::default()
        .timeout(LIMIT, waiting)
        .await;
    let objects = lab.objects().unwrap();
    let mut shown = Vec::new();
    for one in objects.list("applications.argoproj.io") {
        let (sync, health) = ("/status/sync/status", "/status/health/status");
        shown.push(format!(
            "{} {} {}",
            state(&one, "/metadata/name"),
            state(&one, sync),
            state(&one, health)
        ));
    }
    for one in objects.list("pods") {
        let why = one.pointer("/status/conditions").cloned();
        if state(&one, "/status/phase") == "Pending" {
            shown.push(format!("{} {why:?}", state(&one, "/metadata/name")));
        }
    }
    assert!(done.is_ok(), "never healthy: {shown:#?}");
}

/// Waits for so many nodes: a worker may join after all is well without it.
pub(super) async fn joined(lab: &Lab, count: usize) {
    let objects = lab.objects().unwrap();
    wait_until("all nodes", objects.changes(), || {
        objects.list("nodes").len() == count
    })
    .await;
}

/// A client that finds a host at the ingress, with TLS that is verified against the lab's root.
pub(super) fn client(lab: &Lab, host: &str) -> reqwest::Client {
    let text = std::fs::read_to_string(lab.cluster_toml()).unwrap();
    let configuration: toml::Table = text.parse().unwrap();
    let edge = configuration["dial"]["203.0.113.10:443"].as_str().unwrap();
    let root = reqwest::Certificate::from_pem(lab.authority().as_bytes()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .resolve(host, edge.parse().unwrap())
        .build()
        .unwrap()
}

/// The status of a host's page.
pub(super) async fn page(lab: &Lab, host: &str) -> u16 {
    let answer = client(lab, host)
        .get(format!("https://{host}/"))
        .send()
        .await
        .unwrap();
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_layout_becomes_a_cluster_that_serves_and_goes_again() {
    let lab = lab().await;
    run(&lab, "reference", &["apply", "--yes", "--allow-paid"]).await;
    becomes_healthy(&lab).await;
    for host in ["docs.example.com", "argocd.example.com"] {
        assert_eq!(page(&lab, host).await, 200, "{host}");
    }
    joined(&lab, 3).await;

    let instances = lab.oci().resources("instances");
    let worker = instances
        .iter()
        .find(|it| it["displayName"] == "k3s-worker")
        .unwrap();
    let console = lab.oci().console(worker["id"].as_str().unwrap());
    let passed: Vec<_> = markers(&console)
        .into_iter()
        .filter(|(_, state, _)| state == "ok")
        .map(|(stage, ..)| stage)
        .collect();
    assert_eq!(
        passed,
        ["firewall", "route", "download", "api-server", "k3s"]
    );

    run(&lab, "reference", &["destroy", "--yes"]).await;
    comes("no cluster", async || lab.kubernetes().is_none()).await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compact_layout_becomes_a_cluster_too() {
    let lab = lab().await;
    run(&lab, "compact", &["apply", "--yes", "--allow-paid"]).await;
    becomes_healthy(&lab).await;
    joined(&lab, 2).await;
    assert_eq!(page(&lab, "docs.example.com").await, 200);
    lab.stop().await.unwrap();
}

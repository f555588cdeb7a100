//! What kubectl shows.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::json;

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{columns, ok, refused};

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_tables() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let apps = ok(&cluster, &["get", "app", "-n", "argocd"]).await;
    let mut lines = apps.lines();
    let heading = lines.next().unwrap();
    assert_eq!(
        columns(heading),
        ["NAME", "SYNC", "STATUS", "HEALTH", "STATUS"]
    );
    assert_eq!(
        columns(lines.next().unwrap()),
        ["argocd-ingress", "OutOfSync", "Healthy"]
    );

    let pods = ok(&cluster, &["get", "pods", "-A", "-o", "wide"]).await;
    let row = columns(pods.lines().nth(1).unwrap());
    assert_eq!(row[..5], ["docs", "docs-1", "1/1", "Running", "2"]);
    assert_eq!(row[6..8], ["10.42.0.7", "k3s-server"]);

    let nodes = ok(&cluster, &["get", "nodes"]).await;
    let row = columns(nodes.lines().nth(1).unwrap());
    assert_eq!(row[..3], ["k3s-server", "Ready", "control-plane"]);

    let usage = json!({"metadata": {"name": "k3s-server"}, "timestamp": "2026-11-22T11:00:00Z",
                       "window": "10s", "usage": {"cpu": "500m", "memory": "3Gi"}});
    cluster.objects.put("nodes.metrics.k8s.io", usage);
    let usage = ok(&cluster, &["top", "nodes", "--no-headers"]).await;
    assert_eq!(
        columns(&usage),
        ["k3s-server", "500m", "25%", "3072Mi", "25%"]
    );

    let pages = ok(
        &cluster,
        &["get", "namespaces", "--chunk-size=1", "-o", "name"],
    )
    .await;
    assert_eq!(pages.lines().count(), 4);
    let kinds = ok(&cluster, &["api-resources", "--no-headers"]).await;
    let gateway = kinds
        .lines()
        .find(|line| line.starts_with("gateways "))
        .unwrap();
    assert_eq!(
        columns(gateway)[1..],
        ["gtw", "gateway.networking.k8s.io/v1", "true", "Gateway"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_describes_and_reads_logs() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let event = json!({"metadata": {"name": "docs-1.1", "namespace": "docs"}, "type": "Warning",
        "reason": "BackOff", "message": "Back-off restarting", "count": 3,
        "involvedObject": {"kind": "Pod", "namespace": "docs", "name": "docs-1",
                           "uid": cluster.objects.get("pods", Some("docs"), "docs-1").unwrap()["metadata"]["uid"]},
        "firstTimestamp": "2026-11-22T11:00:00Z", "lastTimestamp": "2026-11-22T11:00:00Z"});
    cluster.objects.put("events", event);
    let shown = ok(&cluster, &["describe", "pod", "docs-1", "-n", "docs"]).await;
    assert!(shown.contains("Restart Count:  2"), "{shown}");
    assert!(shown.contains("Back-off restarting"), "{shown}");
    let shown = ok(&cluster, &["describe", "node", "k3s-server"]).await;
    assert!(
        shown.contains("Non-terminated Pods:          (1 in total)"),
        "{shown}"
    );

    let logs = ok(
        &cluster,
        &["logs", "docs-1", "-n", "docs", "--tail=2", "--timestamps"],
    )
    .await;
    assert_eq!(
        logs,
        "2026-11-22T11:00:00.000000000Z docs line 2\n2026-11-22T11:00:00.000000000Z docs line 3\n"
    );
    let previous = ["logs", "docs-1", "-n", "docs", "--previous"];
    let error = refused(&cluster, "admin", &previous, None).await;
    assert!(error.contains("previous terminated container \"docs\" in pod \"docs-1\" not found"));
    let explained = ok(&cluster, &["explain", "application.spec.destination"]).await;
    assert!(explained.contains("namespace\t<string>"), "{explained}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_watches() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let mut command = cluster.command(
        "admin",
        &["get", "pods", "-n", "docs", "-w", "--no-headers"],
    );
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = move || lines.next().unwrap().unwrap();
    let (first, line) = tokio::task::spawn_blocking(move || (line(), line))
        .await
        .unwrap();
    assert_eq!(columns(&first)[..3], ["docs-1", "1/1", "Running"]);
    let mut pod = cluster.objects.get("pods", Some("docs"), "docs-1").unwrap();
    pod["status"]["containerStatuses"][0]["ready"] = json!(false);
    pod["status"]["containerStatuses"][0]["state"] =
        json!({"waiting": {"reason": "CrashLoopBackOff"}});
    cluster.objects.put("pods", pod);
    let second = tokio::task::spawn_blocking(line).await.unwrap();
    assert_eq!(columns(&second)[..3], ["docs-1", "0/1", "CrashLoopBackOff"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_a_log() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let mut command = cluster.command("admin", &["logs", "-f", "docs-1", "-n", "docs", "--tail=1"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = move || lines.next().unwrap().unwrap();
    let (first, line) = tokio::task::spawn_blocking(move || (line(), line))
        .await
        .unwrap();
    assert_eq!(first, "docs line 3");
    cluster.write_line();
    let second = tokio::task::spawn_blocking(line).await.unwrap();
    assert_eq!(second, "docs line 4");
    child.kill().unwrap();
    child.wait().unwrap();
}

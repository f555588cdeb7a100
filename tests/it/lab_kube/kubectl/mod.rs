//! The real kubectl works against the lab: tables, descriptions, watches, every way to write.

mod creates;
mod execs;
mod patches;
mod reads;
mod users;
mod writes;

use serde_json::{Value, json};

use super::cluster::Cluster;

/// Runs kubectl and expects it to succeed; its standard output.
async fn ok(cluster: &Cluster, arguments: &[&str]) -> String {
    with_input(cluster, arguments, None).await
}

async fn with_input(cluster: &Cluster, arguments: &[&str], input: Option<&Value>) -> String {
    let output = cluster.run("admin", arguments, input).await;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "kubectl {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs kubectl as a user and expects it to be refused; its standard error.
async fn refused(
    cluster: &Cluster,
    user: &str,
    arguments: &[&str],
    input: Option<&Value>,
) -> String {
    let output = cluster.run(user, arguments, input).await;
    assert!(
        !output.status.success(),
        "kubectl {arguments:?} went through"
    );
    String::from_utf8(output.stderr).unwrap()
}

fn columns(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "docs", "labels": {"app": "web"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                    {"name": "web", "image": image, "ports": [{"containerPort": 80}]}]}}}
    })
}

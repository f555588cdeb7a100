//! The good day.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operator::Operator;

/// The stages of one subject that were told to be done.
fn done(events: &[Value], of: &Value) -> BTreeSet<String> {
    events
        .iter()
        .filter(|event| event["type"] == "stage" && event["of"] == *of)
        .filter(|event| event["progress"]["state"] == "done")
        .map(|event| event["stage"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_tenancy_becomes_a_healthy_cluster_that_can_be_reached() {
    let operator = Operator::begin(60.0).await;
    operator.applied().await;
    let first = operator
        .run(&["bootstrap", "--json", "--timeout", "4m"])
        .await
        .expect(0);
    let events = first.lines();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["healthy"]),
        (&"finished".into(), &true.into())
    );
    let worker = done(&events, &serde_json::json!({"node": "k3s-worker"}));
    for stage in ["instance", "host-keys", "login", "route", "k3s"] {
        assert!(worker.contains(stage), "{stage}: {worker:?}");
    }
    assert!(
        first.err.contains("k3s-server") && first.err.contains("healthy"),
        "{}",
        first.err
    );
    let token = std::fs::read_to_string(operator.state().join("secrets/agent-token")).unwrap();
    assert!(!first.out.contains(token.trim()) && !first.err.contains(token.trim()));

    let again = operator
        .run(&["bootstrap", "--timeout", "1m"])
        .await
        .expect(0);
    assert!(again.out.is_empty(), "{}", again.out);

    let there = operator
        .run(&["ssh", "k3s-worker", "--", "hostname"])
        .await
        .expect(0);
    assert_eq!(there.out, "k3s-worker\n");

    let status = operator
        .run(&["status", "--json", "--timeout", "30s"])
        .await
        .expect(0);
    assert!(status.out.contains("10.0.2.10"), "{}", status.out);

    let kubeconfig = operator.run(&["kubeconfig"]).await.expect(0);
    assert!(kubeconfig.out.contains("https://10.0.2.10:6443"));
    let merged = operator.file("merged");
    std::fs::write(&merged, "current-context: work\nclusters: []\n").unwrap();
    let path = merged.to_str().unwrap();
    operator
        .run(&["--kubeconfig", path, "kubeconfig", "--merge"])
        .await
        .expect(0);
    let text = std::fs::read_to_string(&merged).unwrap();
    assert!(
        text.contains("10.0.2.10:6443") && text.contains("work"),
        "{text}"
    );
    let kept = std::fs::read_to_string(operator.file("merged.before-k3scope-1")).unwrap();
    assert!(kept.starts_with("current-context: work"));

    // A second computer: nothing is known there, and all of it can be had again.
    std::fs::remove_dir_all(operator.state()).unwrap();
    let fetched = operator.run(&["kubeconfig"]).await.expect(0);
    assert!(fetched.out.contains("https://10.0.2.10:6443"));
    assert!(operator.state().join("known_hosts").exists());
}

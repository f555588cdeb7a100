//! Nodes: cordoned, drained as far as disruption budgets permit, and taken into use again.

use k3scope::domain::action::Action;
use serde_json::{Value, json};

use super::desk::{Desk, at, done, failed, is_ready, pods};

fn is_cordoned(desk: &Desk, node: &str) -> bool {
    let node = desk.objects().get("nodes", None, node).unwrap();
    node["spec"]["unschedulable"] == true
}

fn on(desk: &Desk, node: &str) -> Vec<Value> {
    let mut pods = desk.objects().list("pods");
    pods.retain(|pod| at(pod, "/spec/nodeName") == node && at(pod, "/status/phase") != "Succeeded");
    pods
}

fn is_of(pod: &Value, kind: &str) -> bool {
    pod["metadata"]["ownerReferences"][0]["kind"] == kind
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_cordoned_and_taken_into_use_again() {
    let mut desk = Desk::admin().await;
    let node = || "k3s-worker".into();
    let entry = desk.act(Action::Cordon { node: node() }).await;
    assert_eq!(done(&entry), "no new pod is placed on it");
    assert!(is_cordoned(&desk, "k3s-worker"));
    let entry = desk.act(Action::Uncordon { node: node() }).await;
    assert_eq!(done(&entry), "pods are placed on it again");
    assert!(!is_cordoned(&desk, "k3s-worker"));
    let patch = "admin patch nodes -/k3s-worker";
    assert_eq!(desk.asked(), [patch, patch]);
    desk.stop().await;
}

/// The node on which the one pod of coredns runs.
async fn node_of_coredns(desk: &Desk) -> String {
    desk.becomes("coredns runs", |objects| {
        pods(objects, "kube-system", "coredns-")
            .iter()
            .any(is_ready)
    })
    .await;
    let pod = pods(&desk.objects(), "kube-system", "coredns-").remove(0);
    at(&pod, "/spec/nodeName").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_moves_what_can_be_made_elsewhere_and_tells_how_far_it_is() {
    let mut desk = Desk::admin().await;
    let node = node_of_coredns(&desk).await;
    let moves = on(&desk, &node)
        .iter()
        .filter(|pod| !is_of(pod, "DaemonSet"))
        .count();
    let entry = desk
        .act(Action::Drain {
            node: node.as_str().into(),
        })
        .await;
    let several = if moves == 1 {
        "one pod".to_owned()
    } else {
        format!("{moves} pods")
    };
    assert_eq!(done(&entry), format!("cordoned; {several} evicted"));
    assert_eq!(
        entry.stands.as_deref(),
        Some(format!("0 of {moves} pods have gone").as_str())
    );
    assert!(is_cordoned(&desk, &node));
    let left = on(&desk, &node);
    assert!(
        !left.is_empty() && left.iter().all(|pod| is_of(pod, "DaemonSet")),
        "{left:#?}"
    );
    let asked = desk.asked();
    assert_eq!(asked[0], format!("admin patch nodes -/{node}"));
    let evictions = asked
        .iter()
        .filter(|it| it.contains("create pods/eviction"))
        .count();
    assert_eq!((asked.len(), evictions), (moves + 1, moves));
    desk.becomes("coredns runs elsewhere", |objects| {
        let now = pods(objects, "kube-system", "coredns-");
        now.iter()
            .any(|pod| is_ready(pod) && at(pod, "/spec/nodeName") != node)
    })
    .await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disruption_budget_holds_a_pod_back_and_the_node_stays_cordoned() {
    let mut desk = Desk::admin().await;
    let node = node_of_coredns(&desk).await;
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "names", "namespace": "kube-system"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}},
    });
    desk.objects().put("poddisruptionbudgets.policy", budget);
    let entry = desk
        .act(Action::Drain {
            node: node.as_str().into(),
        })
        .await;
    let problem = failed(&entry);
    assert!(
        problem.detail.starts_with("one pod is still on it")
            && problem
                .detail
                .contains("The disruption budget names needs 1 healthy pods and has 1"),
        "{}",
        problem.detail
    );
    assert!(problem.next.contains("stays cordoned"));
    assert!(entry.stands.as_ref().unwrap().contains("held back"));
    assert!(is_cordoned(&desk, &node));
    assert!(
        pods(&desk.objects(), "kube-system", "coredns-")
            .iter()
            .any(is_ready)
    );
    desk.stop().await;
}

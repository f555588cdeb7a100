//! Pods and what keeps them: deleted, restarted, and refused.

use k3scope::domain::action::{Action, Deletable, Workload};
use k3scope::domain::object::ObjectRef;
use k3scope::kube::Access;
use rstest::rstest;
use serde_json::{Value, json};

use super::desk::{Desk, at, done, failed, is_ready, pods};

fn delete(pod: &Value) -> Action {
    Action::Delete {
        kind: Deletable::Pod,
        of: ObjectRef::new(at(pod, "/metadata/namespace"), at(pod, "/metadata/name")),
        made: at(pod, "/metadata/creationTimestamp").parse().ok(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_pod_is_replaced_by_its_controller() {
    let mut desk = Desk::admin().await;
    let before = pods(&desk.objects(), "kube-system", "coredns-").remove(0);
    let name = at(&before, "/metadata/name").to_owned();
    let entry = desk.act(delete(&before)).await;
    assert_eq!(done(&entry), "the Pod is deleted");
    assert_eq!(
        entry.commands,
        [format!("kubectl -n kube-system delete pod {name}")]
    );
    assert_eq!(
        desk.asked(),
        [format!("admin delete pods kube-system/{name}")]
    );
    desk.becomes("another one runs", |objects| {
        let now = pods(objects, "kube-system", "coredns-");
        now.len() == 1 && at(&now[0], "/metadata/name") != name && is_ready(&now[0])
    })
    .await;
    let gone = desk.act(delete(&before)).await;
    assert_eq!(failed(&gone).title, "it is not there");
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_pod_of_the_same_name_stays() {
    let mut desk = Desk::admin().await;
    let stands = pods(&desk.objects(), "kube-system", "coredns-").remove(0);
    let mut seen = stands.clone();
    seen["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    let entry = desk.act(delete(&seen)).await;
    assert!(failed(&entry).detail.contains("another one of this name"));
    assert_eq!(desk.asked(), Vec::<String>::new());
    let now = pods(&desk.objects(), "kube-system", "coredns-").remove(0);
    assert_eq!(now["metadata"]["uid"], stands["metadata"]["uid"]);
    desk.stop().await;
}

fn keeper() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "keeper", "namespace": "tools"},
        "spec": {
            "replicas": 2, "serviceName": "keeper",
            "selector": {"matchLabels": {"app": "keeper"}},
            "template": {
                "metadata": {"labels": {"app": "keeper"}},
                "spec": {"containers": [{"name": "keeper", "image": "example/docs:1"}]},
            },
        },
    })
}

#[rstest]
#[case(Workload::Deployment, "kube-system", "coredns", 1)]
#[case(Workload::DaemonSet, "tools", "node-exporter", 3)]
#[case(Workload::StatefulSet, "tools", "keeper", 2)]
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_replaces_every_pod(
    #[case] kind: Workload,
    #[case] namespace: &str,
    #[case] name: &str,
    #[case] count: usize,
) {
    let mut desk = Desk::admin().await;
    desk.objects().put("statefulsets.apps", keeper());
    let begins = format!("{name}-");
    let ready = |pods: &[Value]| pods.len() == count && pods.iter().all(is_ready);
    desk.becomes("its pods run", |objects| {
        ready(&pods(objects, namespace, &begins))
    })
    .await;
    let uid = |pod: &Value| at(pod, "/metadata/uid").to_owned();
    let before: Vec<String> = pods(&desk.objects(), namespace, &begins)
        .iter()
        .map(uid)
        .collect();
    let of = ObjectRef::new(namespace, name);
    let entry = desk.act(Action::Restart { kind, of }).await;
    assert_eq!(done(&entry), "its pods are replaced one after the other");
    let resource = kind.resource();
    let mut asked = desk.asked();
    // Where its controller was faster, the patch was refused and made anew.
    asked.dedup();
    assert_eq!(
        asked,
        [format!("admin patch {resource}.apps {namespace}/{name}")]
    );
    desk.becomes("all of them are others", |objects| {
        let now = pods(objects, namespace, &begins);
        ready(&now) && now.iter().all(|pod| !before.contains(&uid(pod)))
    })
    .await;
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_rollout_is_not_restarted() {
    let mut desk = Desk::admin().await;
    desk.objects()
        .change("deployments.apps", Some("kube-system"), "coredns", |it| {
            it["spec"]["paused"] = json!(true);
        });
    let of = ObjectRef::new("kube-system", "coredns");
    let kind = Workload::Deployment;
    let entry = desk.act(Action::Restart { kind, of }).await;
    assert!(failed(&entry).detail.contains("paused"));
    assert_eq!(desk.asked(), Vec::<String>::new());
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_refuses_everything_before_it_looks() {
    let mut desk = Desk::of("admin", Access::ReadOnly).await;
    let pod = pods(&desk.objects(), "kube-system", "coredns-").remove(0);
    let of = ObjectRef::new("kube-system", "coredns");
    let node = || "k3s-worker".into();
    let kind = Workload::Deployment;
    for action in [
        delete(&pod),
        Action::Restart { kind, of },
        Action::Cordon { node: node() },
        Action::Uncordon { node: node() },
        Action::Drain { node: node() },
    ] {
        let entry = desk.act(action).await;
        assert_eq!(failed(&entry).title, "nothing is changed with --read-only");
    }
    assert_eq!(desk.asked(), Vec::<String>::new());
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lacking_right_is_named_and_nothing_happens() {
    let mut desk = Desk::of("viewer", Access::ReadWrite).await;
    desk.objects()
        .put("namespaces", json!({"metadata": {"name": "argocd"}}));
    let pod = desk.objects().put(
        "pods",
        json!({
            "metadata": {"name": "alone", "namespace": "argocd"},
            "spec": {"containers": [{"name": "c", "image": "example/docs:1"}]},
        }),
    );
    let entry = desk.act(delete(&pod)).await;
    let problem = failed(&entry);
    assert_eq!(problem.title, "not permitted");
    assert_eq!(
        problem.detail,
        "not permitted: delete pods in namespace argocd; the server says: pods \"alone\" is forbidden: User \
         \"viewer\" cannot delete resource \"pods\" in API group \"\" in the namespace \"argocd\""
    );
    assert_eq!(desk.asked(), ["viewer delete pods argocd/alone"]);
    assert_eq!(pods(&desk.objects(), "argocd", "alone").len(), 1);
    let entry = desk
        .act(Action::Cordon {
            node: "k3s-worker".into(),
        })
        .await;
    let said = &failed(&entry).detail;
    assert!(
        said.contains("User \"viewer\" cannot get resource \"nodes\""),
        "{said}"
    );
    desk.stop().await;
}

//! Pods whose nodes do not pass each other's VXLAN: all nodes are Ready and little works.

use k3scope::lab::Lab;
use rstest::rstest;
use serde_json::{Value, json};

use super::cluster::{becomes_healthy, page};
use super::story::Story;
use super::world::wait_until;

const DOCS: &str = "docs.example.com";
const INGRESS: &str = "k3s-ingress";
const WORKER: &str = "k3s-worker";

fn is_of(object: &Value, space: &str, name: &str) -> bool {
    let metadata = &object["metadata"];
    metadata["namespace"] == space && metadata["name"].as_str().unwrap().starts_with(name)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    let mut all = conditions.into_iter().flatten();
    all.any(|it| it["type"] == "Ready" && it["status"] == "True")
}

/// Whether every endpoint behind a workload's Service is ready on a node; so too where it has none.
fn is_served_from(lab: &Lab, (space, name): (&str, &str), (node, count): (&str, usize)) -> bool {
    let slices = lab
        .objects()
        .unwrap()
        .list("endpointslices.discovery.k8s.io");
    let mut own = slices.iter().filter(|slice| is_of(slice, space, name));
    own.all(|slice| {
        let endpoints = slice["endpoints"].as_array().unwrap();
        let is_there = |it: &Value| it["conditions"]["ready"] == true && it["nodeName"] == node;
        endpoints.len() == count && endpoints.iter().all(is_there)
    })
}

/// Moves all pods of a workload to a node, and waits until all are ready there and served from there.
async fn placed(lab: &Lab, (space, name): (&str, &str), node: &str) {
    let objects = lab.objects().unwrap();
    let own = || {
        let mut pods = objects.list("pods");
        pods.retain(|pod| is_of(pod, space, name));
        pods
    };
    let bar = |barred: bool| {
        for one in objects.list("nodes") {
            let other = one["metadata"]["name"].as_str().unwrap();
            if other != node {
                let changed = objects.change("nodes", None, other, |it| {
                    it["spec"]["unschedulable"] = json!(barred);
                });
                assert!(changed.is_some(), "{other}");
            }
        }
    };
    let count = own().len();
    bar(true);
    for pod in own() {
        if pod["spec"]["nodeName"] != node {
            let pod = pod["metadata"]["name"].as_str().unwrap();
            objects.remove("pods", Some(space), pod);
        }
    }
    wait_until("its pods there", objects.changes(), || {
        let pods = own();
        let is_there = |pod: &Value| is_ready(pod) && pod["spec"]["nodeName"] == node;
        pods.len() == count
            && pods.iter().all(is_there)
            && is_served_from(lab, (space, name), (node, count))
    })
    .await;
    bar(false);
}

/// The messages of what keeps Applications from being compared.
fn uncompared(lab: &Lab) -> Vec<String> {
    let applications = lab.objects().unwrap().list("applications.argoproj.io");
    let conditions = applications
        .iter()
        .filter_map(|it| it["status"]["conditions"].as_array());
    let errors = conditions
        .flatten()
        .filter(|it| it["type"] == "ComparisonError");
    let messages = errors.map(|it| it["message"].as_str().unwrap().to_owned());
    messages.collect()
}

#[rstest]
#[case("vxlan-rule")]
#[case("vxlan-security-list")]
#[tokio::test(flavor = "multi_thread")]
async fn argo_cd_does_not_reach_its_parts_on_another_node_until_it_is_mended(#[case] form: &str) {
    let story = Story::of("empty", &[]).await;
    becomes_healthy(&story.lab).await;
    story.nodes(3).await;
    placed(&story.lab, ("argocd", "argocd-repo-server"), WORKER).await;
    placed(
        &story.lab,
        ("argocd", "argocd-application-controller"),
        "k3s-server",
    )
    .await;
    placed(&story.lab, ("kube-system", "coredns"), "k3s-server").await;
    assert_eq!(uncompared(&story.lab), [""; 0]);
    story.now(form).await;
    let objects = story.lab.objects().unwrap();
    wait_until("a ComparisonError", objects.changes(), || {
        let all = uncompared(&story.lab);
        all.iter().any(|it| it.contains(":8081: i/o timeout"))
    })
    .await;
    story.now("vxlan-mended").await;
    wait_until("none any more", objects.changes(), || {
        uncompared(&story.lab).is_empty()
    })
    .await;
    becomes_healthy(&story.lab).await;
    story.end().await;
}

#[rstest]
#[case("vxlan-rule", "k3s-server")]
#[case("vxlan-security-list", WORKER)]
#[tokio::test(flavor = "multi_thread")]
async fn envoy_does_not_reach_pods_of_another_node_until_it_is_mended(
    #[case] form: &str,
    #[case] node: &str,
) {
    let story = Story::of("empty", &[]).await;
    becomes_healthy(&story.lab).await;
    story.nodes(3).await;
    placed(&story.lab, ("docs", "docs"), node).await;
    assert_eq!(page(&story.lab, DOCS).await, 200);
    story.now(form).await;
    assert_eq!(page(&story.lab, DOCS).await, 503);
    placed(&story.lab, ("docs", "docs"), INGRESS).await;
    assert_eq!(
        page(&story.lab, DOCS).await,
        200,
        "it is on Envoy's own node"
    );
    placed(&story.lab, ("docs", "docs"), node).await;
    assert_eq!(page(&story.lab, DOCS).await, 503);
    story.now("vxlan-mended").await;
    assert_eq!(page(&story.lab, DOCS).await, 200);
    story.end().await;
}

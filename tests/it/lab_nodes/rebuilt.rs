//! Machines that are made anew under their name: what their cluster and its agents make of it.

use super::story::Story;
use super::world::wait_until;

const SERVER: &str = "k3s-server";
const WORKER: &str = "k3s-worker";

/// The keys that a node has shown first.
fn shown_keys(console: &str) -> String {
    let (_, rest) = console.split_once("BEGIN SSH HOST KEY KEYS").unwrap();
    rest.split_once("END SSH HOST KEY KEYS")
        .unwrap()
        .0
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_worker_is_refused_until_its_node_is_deleted() {
    let story = Story::of("node-rebuilt", &[]).await;
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    let (first, keys) = (story.instance(WORKER), shown_keys(&story.console(WORKER)));
    let printed = story.lab.oci().printed();
    wait_until("another instance", printed, || {
        let now = story.instance(WORKER);
        !now.is_empty() && now != first
    })
    .await;
    let why = story.comes(WORKER, ("k3s", "failed"), 1).await;
    assert!(
        why.contains("Node password rejected, duplicate hostname"),
        "{why}"
    );
    assert_ne!(shown_keys(&story.console(WORKER)), keys);

    let objects = story.lab.objects().unwrap();
    objects.remove("nodes", None, WORKER).unwrap();
    story.comes(WORKER, ("k3s", "ok"), 1).await;
    story.nodes(3).await;
    story.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_a_rebuilt_server_are_refused_until_they_join_anew() {
    let story = Story::of("empty", &[]).await;
    for node in [SERVER, WORKER] {
        story.comes(node, ("k3s", "ok"), 1).await;
    }
    story.nodes(3).await;
    let first = story.instance(SERVER);
    story.now("rebuild-server").await;
    let printed = story.lab.oci().printed();
    wait_until("another instance", printed, || {
        let now = story.instance(SERVER);
        !now.is_empty() && now != first
    })
    .await;
    story.comes(SERVER, ("k3s", "ok"), 1).await;
    story.nodes(1).await;
    // The agent's unit runs and finds no way in.
    let (_, said) = story
        .on(
            WORKER,
            "sudo -n journalctl -o cat --no-pager -n 5 -u k3s-agent",
        )
        .await;
    assert!(
        said.contains("x509: certificate signed by unknown authority"),
        "{said}"
    );
    for node in ["k3s-ingress", WORKER] {
        let (status, said) = story.on(node, "sudo -n k3scope-bootstrap --rejoin").await;
        assert_eq!(status, Some(0), "{said}");
    }
    story.nodes(3).await;
    story.end().await;
}

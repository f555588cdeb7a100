//! The join token on a second computer: read back from a node before a further one is made, and never
//! made anew while the cluster stands.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use k3scope::clock::Clock;
use k3scope::lab::Lab;
use k3scope::oci::model::Instance;
use k3scope::oci::{Client, Endpoints, Profile};
use tokio::io::AsyncWriteExt as _;

use super::operator::Operator;

const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];
const FOLLOW: [&str; 4] = ["bootstrap", "--json", "--timeout", "4m"];
const TOKEN: &str = "/etc/k3scope/agent-token";
const WORKER: &str = "k3s-worker";

/// The instances of this node that are not gone.
fn standing(lab: &Lab, node: &str) -> Vec<String> {
    let all = lab.oci().resources("instances");
    let own = all
        .iter()
        .filter(|it| it["displayName"] == node && it["lifecycleState"] != "TERMINATED");
    own.map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Terminates the node's instance by OCI's API and waits until it is gone; the cluster's Node goes
/// with it.
pub(crate) async fn terminate(lab: &Lab, node: &str) {
    let ready = lab.ready();
    let text = |name: &str| ready["oci"][name].as_str().unwrap().to_owned();
    let profile = Profile::load(&lab.oci_config(), &text("profile"), None).unwrap();
    let endpoints = Endpoints::at(text("endpoint"), text("region"));
    let client = Client::new(profile, endpoints, Clock::default()).unwrap();
    let mut changes = lab.oci().changes();
    for id in standing(lab, node) {
        client.delete::<Instance>(&id, &[]).await.unwrap();
    }
    while !standing(lab, node).is_empty() {
        changes.recv().await.unwrap();
    }
    if let Some(objects) = lab.objects() {
        objects.remove("nodes", None, node);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_computer_makes_a_further_node_that_joins() {
    let operator = Operator::begin(60.0).await;
    operator.applied().await;
    operator.run(&FOLLOW).await.expect(0);
    let kept = operator.state().join("secrets/agent-token");
    let token = std::fs::read_to_string(&kept).unwrap();
    std::fs::remove_dir_all(operator.state()).unwrap();

    // Where no node is made, none is needed, and none is made up.
    operator.run(&APPLY).await.expect(0);
    assert!(!kept.exists());

    terminate(&operator.lab, WORKER).await;
    let applied = operator.run(&APPLY).await.expect(0);
    let said = "reading the join token back from k3s-server";
    assert!(applied.err.contains(said), "{}", applied.err);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), token);
    let mode = std::fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let followed = operator.run(&FOLLOW).await.expect(0);
    for told in [&applied.out, &applied.err, &followed.out, &followed.err] {
        assert!(!told.contains(token.trim()));
    }
    let nodes = operator.lab.objects().unwrap().list("nodes");
    let joined = nodes.iter().any(|it| it["metadata"]["name"] == WORKER);
    assert!(joined, "the worker is part of the cluster");
}

/// A run that was killed can leave a server that nothing leads to yet.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_way_to_the_server_the_cloud_tells_the_token() {
    let operator = Operator::begin(200.0).await;
    operator.applied().await;
    let kept = operator.state().join("secrets/agent-token");
    let token = std::fs::read_to_string(&kept).unwrap();
    for lost in ["k3s-ingress", WORKER] {
        std::fs::remove_dir_all(operator.state()).unwrap();
        terminate(&operator.lab, lost).await;
        if lost == WORKER {
            operator.lab.break_it("ssh-dead").await.unwrap();
        }
        let applied = operator.run(&APPLY).await.expect(0);
        assert_eq!(standing(&operator.lab, lost).len(), 1, "{lost}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), token, "{lost}");
        assert!(!applied.err.contains(token.trim()));
    }
}

/// What is shown for copying does the same as the key.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_by_hand_through_standard_input() {
    let operator = Operator::begin(200.0).await;
    operator.applied().await;
    let follow = ["bootstrap", "--json", "--timeout", "4m"];
    operator.run(&follow).await.expect(0);
    let quoted = format!("sudo sh -c 'umask 077; cat >{TOKEN}.new && mv {TOKEN}.new {TOKEN}'");
    for (command, given) in [
        (format!("sudo tee {TOKEN}"), "given\n"),
        (quoted, "in one step\n"),
    ] {
        let mut laying = operator.command(&["ssh", WORKER, "--", &command]);
        let mut laying = laying.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = laying.stdin.take().unwrap();
        input.write_all(given.as_bytes()).await.unwrap();
        drop(input);
        assert!(laying.wait().await.unwrap().success(), "{command}");
        let shown = format!("sudo cat {TOKEN}; sudo stat -c %a {TOKEN}");
        let there = operator.run(&["ssh", WORKER, "--", &shown]).await.expect(0);
        assert_eq!(there.out, format!("{given}600\n"), "{command}");
    }
}

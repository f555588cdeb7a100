//! Machines that were made anew and keys that changed, mended with one key in the cockpit: the real
//! program in a pseudo-terminal, and the session's own acts.

use std::collections::BTreeSet;
use std::fs;

use k3scope::domain::bootstrap::{NodeAct, Remedy, Stage};
use k3scope::domain::journey;
use k3scope::effect::Effect;
use k3scope::lab::{Lab, Options};
use k3scope::ssh::HostKey;
use k3scope::store::Store;
use portable_pty::CommandBuilder;
use serde_json::Value;

use super::acts::run;
use super::desk::{SPEED, ground, lab};
use super::leading::{apply, compact, start};
use super::led::Led;
use crate::cockpit::program::{Pty, assert_sane};

const F4: &str = "\u{1b}OS";

fn session(lab: &Lab) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
    command.arg("-c");
    command.arg(lab.cluster_toml());
    command.env_remove("SSH_AUTH_SOCK");
    Pty::start(command)
}

/// So much of a fingerprint as stands on one row in any case.
fn begin(key: &HostKey) -> String {
    key.fingerprint().chars().take(20).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_worker_is_let_in_with_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        scenario: "node-rebuilt".to_owned(),
        speed: SPEED,
        state_dir: Some(folder.path().join("lab")),
    };
    let lab = Lab::start(options).await.unwrap();
    run(&lab, &["apply", "--yes", "--allow-paid"]).await;
    let mut pty = session(&lab);
    pty.wait_for("k3s-worker");
    pty.press(F4);
    pty.wait_for("deletes the Node that was k3s-worker before");
    pty.press("r");
    pty.wait_for("Delete the Node k3s-worker from the cluster?");
    pty.wait_for("nothing to undo");
    pty.wait_for("kubectl delete node k3s-worker");
    pty.press("y");
    pty.wait_for("the cluster is healthy");
    pty.press("\u{3}");
    let (_, screen, _) = pty.end();
    assert_sane(screen.screen());
    let objects = lab.objects().unwrap();
    assert_eq!(objects.list("nodes").len(), 3);
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_of_the_same_machine_is_trusted_by_name_and_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    fs::write(lab.cluster_toml(), compact(&lab)).unwrap();
    run(&lab, &["apply", "--yes"]).await;
    run(&lab, &["bootstrap", "--timeout", "4m"]).await;
    let pins = lab.cluster_toml().with_file_name(".k3scope/known_hosts");
    let keys_of = |node: &str| -> Vec<HostKey> {
        let text = fs::read_to_string(&pins).unwrap();
        let own = text.lines().filter(|line| line.starts_with(node));
        own.map(|line| HostKey::parse(line.split_once(' ').unwrap().1).unwrap())
            .collect()
    };
    lab.break_it("ssh-other-key").await.unwrap();

    let mut pty = session(&lab);
    pty.wait_for("k3s-ingress");
    pty.press(F4);
    let node = "k3s-ingress";
    let before = keys_of(node);
    pty.wait_for(&format!("believes the key that {node} shows"));
    pty.press("r");
    pty.wait_for(&format!("Trust another host key of {node}?"));
    pty.wait_for(" to agree:");
    for key in &before {
        pty.wait_for(&begin(key));
    }
    let shown = pty.shown();
    // Another name, or none, is no yes.
    pty.press("\r");
    pty.press("k3s");
    pty.press("\r");
    assert_eq!(keys_of(node), before);
    pty.press(node.trim_start_matches("k3s"));
    pty.wait_for("that is it");
    pty.press("\r");
    pty.wait_until("another pin", |_| keys_of(node) != before);
    let after = keys_of(node);
    assert_eq!(after.len(), 1);
    assert!(!before.contains(&after[0]));
    assert!(shown.contains(&begin(&after[0])), "{shown}");
    // The way to the API leads through that node, and needs no other.
    pty.wait_for("the cluster is healthy");
    pty.press("\u{3}");
    let (_, screen, _) = pty.end();
    assert_sane(screen.screen());
    lab.stop().await.unwrap();
}

/// What is proposed for the K3s of nodes.
fn proposed(store: &Store) -> Vec<NodeAct> {
    let nodes = store.bootstrap.iter().flat_map(|run| &run.nodes);
    let stages = nodes.filter_map(|node| node.stage(Stage::K3s));
    let found = stages.filter_map(|stage| stage.diagnosis.as_ref());
    found
        .filter_map(|found| match &found.remedy {
            Remedy::Act(act) => Some(act.clone()),
            Remedy::Apply | Remedy::Person => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_sees_its_server_made_anew_and_brings_the_agents_back() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("a healthy cluster", |it| {
        it.stage == Some(journey::Stage::OnDuty)
    })
    .await;
    led.stop().await;

    // Nobody watched when it was made anew.
    let name = |it: &Value| it["displayName"].as_str().unwrap().to_owned();
    let server = || {
        let all = lab.oci().resources("instances");
        let found = all
            .iter()
            .find(|it| name(it) == "k3s-server" && it["lifecycleState"] != "TERMINATING");
        found.map(|it| it["id"].as_str().unwrap().to_owned())
    };
    let first = server().unwrap();
    let mut changes = lab.oci().changes();
    lab.break_it("rebuild-server").await.unwrap();
    while server().is_none_or(|now| now == first) {
        drop(changes.recv().await);
    }

    let mut led = Led::start(start(ground(&lab)));
    let agents = ["k3s-ingress", "k3s-worker"].map(|node| NodeAct::Rejoin { node: node.into() });
    led.until("both agents' cause", |it| {
        let proposed = proposed(it);
        agents.iter().all(|agent| proposed.contains(agent))
    })
    .await;
    for agent in &agents {
        led.ask(Effect::Node(agent.clone())).await;
    }
    led.until("a healthy cluster", |it| {
        it.stage == Some(journey::Stage::OnDuty)
    })
    .await;
    let nodes = lab.objects().unwrap().list("nodes");
    let nodes: BTreeSet<String> = nodes
        .iter()
        .map(|node| node["metadata"]["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(nodes.len(), 3);
    led.stop().await;
    lab.stop().await.unwrap();
}

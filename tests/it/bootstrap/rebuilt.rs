//! Machines that are made anew under their name, and host keys that are not what they should be: what
//! the program makes of them, and how a script or a person gets the cluster back by what it prints.

use std::collections::BTreeSet;
use std::fs;

use k3scope::ssh::{HostKey, HostKeys};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::{Ended, Operator};

const INGRESS: &str = "k3s-ingress";
const SERVER: &str = "k3s-server";
const WORKER: &str = "k3s-worker";
const FOLLOW: [&str; 4] = ["bootstrap", "--json", "--timeout", "4m"];
/// OCI keeps the newest megabyte of a console.
const KEPT: usize = 1 << 20;

/// The OCID of the instance that bears this name now, if there is one.
fn instance(operator: &Operator, node: &str) -> Option<String> {
    let all = operator.lab.oci().resources("instances");
    let stays = |it: &&Value| it["displayName"] == node && it["lifecycleState"] != "TERMINATING";
    let found = all.iter().find(stays)?;
    found["id"].as_str().map(str::to_owned)
}

/// Lets a node be made anew; the OCID of its new instance.
async fn made_anew(operator: &Operator, node: &str, trouble: &str) -> String {
    let first = instance(operator, node).unwrap();
    let mut changes = operator.lab.oci().changes();
    operator.lab.break_it(trouble).await.unwrap();
    loop {
        match instance(operator, node) {
            Some(now) if now != first => return now,
            // What was missed is seen in the next look.
            _ => drop(changes.recv().await),
        }
    }
}

/// The instance and the keys that are pinned for a node, as `known_hosts` has them.
fn pinned(operator: &Operator, node: &str) -> (BTreeSet<String>, HostKeys) {
    let path = operator.state().join("known_hosts");
    let text = fs::read_to_string(path).unwrap_or_default();
    let own = text.lines().filter_map(|line| {
        let (names, key) = line.split_once(' ')?;
        let (name, instance) = names.split_once(',')?;
        (name == node).then(|| (instance.to_owned(), HostKey::parse(key).unwrap()))
    });
    let (instances, keys): (BTreeSet<String>, Vec<HostKey>) = own.unzip();
    (instances, HostKeys::new(keys))
}

/// What was found to keep nodes: causes by node.
fn found(events: &[Value]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let told = events.iter().filter(|event| event["type"] == "diagnosed");
    told.filter_map(|event| {
        let cause = text(&event["diagnosis"]["cause"])?;
        Some((text(&event["of"]["node"])?, cause))
    })
    .collect()
}

/// The command in the last line that a run that failed has printed.
fn proposed(ended: &Ended) -> Vec<String> {
    let last = ended.err.lines().last().unwrap();
    let (_, command) = last.rsplit_once("k3scope ssh ").expect(last);
    let words = command.split(' ').map(str::to_owned);
    std::iter::once("ssh".to_owned()).chain(words).collect()
}

/// Follows and does what is printed until the cluster is healthy; the runs that failed, and the
/// commands that were run.
async fn mended_as_told(operator: &Operator) -> (Vec<Ended>, BTreeSet<String>) {
    let (mut failed, mut commands) = (Vec::new(), BTreeSet::new());
    loop {
        let run = operator.run(&FOLLOW).await;
        if run.code == Some(0) {
            return (failed, commands);
        }
        let run = run.expect(1);
        let command = proposed(&run);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        assert!(
            commands.insert(command.join(" ")),
            "{command:?} did not help\n{}",
            run.err
        );
        operator.run(&words).await.expect(0);
        failed.push(run);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_worker_is_known_by_its_new_key_and_joins_when_its_node_is_deleted() {
    let operator = Operator::begin(60.0).await;
    operator.applied().await;
    operator.run(&FOLLOW).await.expect(0);
    let (_, before) = pinned(&operator, WORKER);
    let second = made_anew(&operator, WORKER, "rebuild-worker").await;

    let (failed, commands) = mended_as_told(&operator).await;
    let command = "ssh k3s-server -- sudo k3s kubectl delete node k3s-worker";
    assert_eq!(commands, BTreeSet::from([command.to_owned()]));
    let events = failed[0].lines();
    let cause = (WORKER.to_owned(), "node-password".to_owned());
    let found = found(&events);
    assert!(found.contains(&cause), "{found:?}");
    let asks = |(_, cause): &(String, String)| cause == "host-key-changed";
    assert!(!found.iter().any(asks), "{found:?}");
    let forget = |event: &Value| {
        let remedy = &event["diagnosis"]["remedy"];
        remedy["act"] == "forget" && remedy["node"] == WORKER
    };
    assert!(events.iter().any(forget), "{found:?}");

    // The new key is another instance's.
    let console = operator.lab.oci().console(&second);
    let shown = HostKeys::from_console(&console).unwrap();
    let (instances, after) = pinned(&operator, WORKER);
    assert_eq!(instances, BTreeSet::from([second]));
    assert_eq!(after, shown);
    assert!(after.iter().all(|key| !before.contains(key)));
    let there = operator.run(&["ssh", WORKER, "--", "hostname"]).await;
    assert_eq!(there.expect(0).out, "k3s-worker\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_a_rebuilt_server_join_anew_as_they_are_told() {
    let operator = Operator::begin(60.0).await;
    operator.applied().await;
    operator.run(&FOLLOW).await.expect(0);
    let second = made_anew(&operator, SERVER, "rebuild-server").await;

    let (failed, commands) = mended_as_told(&operator).await;
    let rejoin = |node: &str| format!("ssh {node} -- sudo k3scope-bootstrap --rejoin");
    assert_eq!(commands, [INGRESS, WORKER].map(rejoin).into());
    let found: BTreeSet<(String, String)> =
        failed.iter().flat_map(|run| found(&run.lines())).collect();
    let of = |node: &str| (node.to_owned(), "stale-certificates".to_owned());
    assert!(found.is_superset(&[INGRESS, WORKER].map(of).into()));
    assert!(!found.contains(&of(SERVER)), "{found:?}");
    assert_eq!(
        pinned(&operator, SERVER).0,
        BTreeSet::from([second]),
        "the new server's key is pinned to its own instance"
    );
}

/// A block of keys as a program on the machine could print it, however it gets its lines there.
fn forged(before: &str) -> String {
    const FORGED: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";
    format!(
        "{before}-----BEGIN SSH HOST KEY KEYS-----\r\n{before}{FORGED} root@k3s\r\n\
         {before}-----END SSH HOST KEY KEYS-----\r\n"
    )
}

fn blocks(console: &str) -> usize {
    console.matches("END SSH HOST KEY KEYS").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_console_showed_first_is_believed_and_nothing_without_its_beginning() {
    let operator = Operator::begin(60.0).await;
    operator.lab.break_it("forged-keys").await.unwrap();
    operator.applied().await;
    let nodes = [INGRESS, SERVER, WORKER];
    let oci = operator.lab.oci();
    let id = |node: &str| instance(&operator, node).unwrap();
    // The script, cloud-init and the forger show one block each.
    let mut printed = oci.printed();
    while nodes.iter().any(|node| blocks(&oci.console(&id(node))) < 3) {
        printed.changed().await.unwrap();
    }
    for node in nodes {
        oci.print_console(&id(node), &forged("[  431.118203] evil[77]: "));
        oci.print_console(&id(node), &forged("\u{1b}[2J\u{1b}[H"));
    }
    // Whoever comes now knows nothing of the nodes.
    fs::remove_dir_all(operator.state()).unwrap();
    operator.run(&FOLLOW).await.expect(0);
    for node in nodes {
        let console = oci.console(&id(node));
        let (first, _) = console.split_once("END SSH HOST KEY KEYS").unwrap();
        for key in pinned(&operator, node).1.iter() {
            assert!(first.contains(&key.to_string()), "{node}: {key}");
        }
        let there = operator.run(&["ssh", node, "--", "hostname"]).await;
        assert_eq!(there.expect(0).out, format!("{node}\n"));
    }

    // So much was printed since that the real ones are gone: nobody can tell who printed the next.
    fs::remove_dir_all(operator.state()).unwrap();
    for node in nodes {
        oci.print_console(&id(node), &"nothing to see here\r\n".repeat(KEPT / 20));
        oci.print_console(&id(node), &forged(""));
    }
    let refused = operator.run(&["ssh", INGRESS, "--", "true"]).await;
    let refused = refused.expect(1);
    assert!(
        refused.err.contains("no longer has its beginning"),
        "{}",
        refused.err
    );
    let mut child = operator.spawn(&FOLLOW);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut waiting = BTreeSet::new();
    while waiting.len() < nodes.len() {
        let line = lines.next_line().await.unwrap().expect("it goes on");
        let event: Value = serde_json::from_str(&line).unwrap();
        let says = |words: &str| event["progress"]["waits_for"].as_str() == Some(words);
        assert!(event["stage"] != "login" || event["progress"]["state"] != "done");
        if says("the host keys: the beginning of its console, where they stood, is gone") {
            waiting.insert(event["of"]["node"].to_string());
        }
    }
    child.kill().await.unwrap();
    assert!(!operator.state().join("known_hosts").exists());
}

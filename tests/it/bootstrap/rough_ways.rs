//! Ways up on which much goes wrong between the nodes and us, and nothing is lost of what they tell.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::Operator;

const FOLLOW: [&str; 4] = ["bootstrap", "--json", "--timeout", "5m"];

fn of_worker(event: &Value) -> bool {
    event["of"]["node"] == "k3s-worker" || event["node"] == "k3s-worker"
}

/// How the worker's stage was told to be, one after the other.
fn told(events: &[Value], stage: &str) -> Vec<String> {
    events
        .iter()
        .filter(|event| event["type"] == "stage" && of_worker(event) && event["stage"] == stage)
        .map(|event| event["progress"]["state"].as_str().unwrap().to_owned())
        .collect()
}

/// The lines that were told of a node's log.
fn lines(events: &[Value], node: &str, origin: &str) -> Vec<String> {
    events
        .iter()
        .filter(|event| {
            event["type"] == "log" && event["node"] == node && event["origin"] == origin
        })
        .flat_map(|event| event["lines"].as_array().unwrap())
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_ssh_dead_the_consoles_tell_the_whole_way_up() {
    let operator = Operator::in_scenario("console-only", 60.0).await;
    operator.applied().await;
    let followed = operator
        .run(&["bootstrap", "--json", "--timeout", "60s"])
        .await
        .expect(3);
    let events = followed.lines();
    for stage in [
        "instance",
        "console",
        "host-keys",
        "firewall",
        "route",
        "download",
        "api-server",
        "k3s",
        "cloud-init",
    ] {
        assert_eq!(told(&events, stage).last().unwrap(), "done", "{stage}");
    }
    assert!(!told(&events, "login").contains(&"done".to_owned()));
    assert!(lines(&events, "k3s-worker", "script").is_empty());
    let named = events
        .iter()
        .any(|event| of_worker(event) && event["diagnosis"]["cause"] == "no-ssh");
    assert!(named, "it is said that only the console tells of it");
    let timed = events
        .iter()
        .filter(|event| of_worker(event) && event["took"].is_u64());
    assert!(timed.count() >= 5, "the console has the node's own times");
}

/// Whether a line of a node's log is what was told: a marker is told in words, and what a terminal
/// would obey, or what is no text, is told in another shape.
fn is_told_as(line: &str, told: &str) -> bool {
    let marker = line
        .split_once("@k3scope ")
        .and_then(|(_, rest)| rest.split_once(" @end"))
        .and_then(|(json, _)| serde_json::from_str::<Value>(json).ok());
    if let Some(marker) = marker {
        let stage = marker["stage"].as_str().unwrap();
        let sign = match marker["state"].as_str().unwrap() {
            "start" => "▸",
            "wait" => "◌",
            "ok" => "✔",
            _ => "✖",
        };
        let end = format!("(up {}s)", marker["t"].as_f64().unwrap().trunc());
        return told.starts_with(&format!("{sign} {stage}")) && told.ends_with(&end);
    }
    let is_plain = line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    !is_plain || line.len() > 200 || line == told
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_go_on_where_dropped_connections_left_them() {
    let operator = Operator::in_scenario("ssh-dropped", 30.0).await;
    operator.applied().await;
    let events = operator.run(&FOLLOW).await.expect(0).lines();
    operator.lab.break_it("ssh-mended").await.unwrap();
    let own: Vec<&str> = events
        .iter()
        .filter(|event| event["topic"] == "log")
        .filter_map(|event| event["text"].as_str())
        .collect();
    for node in ["k3s-ingress", "k3s-server", "k3s-worker"] {
        for said in ["was lost", "logged in again"] {
            let told = own
                .iter()
                .filter(|it| it.starts_with(node) && it.contains(said));
            assert!(told.count() >= 1, "{node}: {said}: {own:#?}");
        }
        for (origin, path) in [
            ("script", "/var/log/k3scope-bootstrap.log"),
            ("cloud-init", "/var/log/cloud-init-output.log"),
        ] {
            let cat = ["ssh", node, "--", "sudo", "cat", path];
            let ended = operator.command(&cat).output().await.unwrap();
            assert!(ended.status.success(), "{ended:?}");
            let whole = String::from_utf8_lossy(&ended.stdout);
            let whole: Vec<&str> = whole.split('\n').collect();
            let told = lines(&events, node, origin);
            assert!(!told.is_empty(), "{node}: {origin}");
            for (place, told) in told.iter().enumerate() {
                let line = whole.get(place).copied().unwrap_or_default();
                let line = line.trim_end_matches('\r');
                assert!(
                    is_told_as(line, told),
                    "{node}: {origin}: line {place}, {line:?}, was told as {told:?}"
                );
                let obeyed = |it: char| it.is_control() || ('\u{202a}'..='\u{202e}').contains(&it);
                assert!(!told.contains(obeyed), "{told:?}");
            }
        }
        let script = lines(&events, node, "script");
        let ended = script.iter().any(|line| line.starts_with("✔ k3s"));
        assert!(
            ended,
            "{node}: its script's log was read to its end: {script:#?}"
        );
    }
}

/// What was said to keep people from logging in to a node.
fn kept_out(events: &[Value], node: &str) -> Option<String> {
    let found = events
        .iter()
        .find(|event| event["of"]["node"] == node && event["diagnosis"]["cause"] == "no-ssh")?;
    found["diagnosis"]["meaning"].as_str().map(str::to_owned)
}

/// How often a stage of somebody was told to be done.
fn done(events: &[Value], of: &Value, stage: &str) -> usize {
    let own = events
        .iter()
        .filter(|event| event["type"] == "stage" && event["of"] == *of && event["stage"] == stage);
    own.filter(|event| event["progress"]["state"] == "done")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn once_ssh_lets_us_in_what_the_consoles_told_goes_on_to_a_healthy_cluster() {
    const NODES: [&str; 3] = ["k3s-ingress", "k3s-server", "k3s-worker"];
    let node = |name: &str| serde_json::json!({"node": name});
    let operator = Operator::in_scenario("console-only", 60.0).await;
    operator.applied().await;
    let mut child = operator.spawn(&FOLLOW);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut events = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        events.push(serde_json::from_str::<Value>(&line).unwrap());
        let all_told = NODES.iter().all(|name| {
            done(&events, &node(name), "k3s") == 1 && kept_out(&events, name).is_some()
        });
        if all_told {
            break;
        }
    }
    let known = "whether nodes are Ready";
    assert!(kept_out(&events, "k3s-server").unwrap().contains(known));
    assert!(!kept_out(&events, "k3s-worker").unwrap().contains(known));
    let cluster = events
        .iter()
        .filter(|event| event["type"] == "stage" && event["of"] == "cluster");
    assert!(
        cluster
            .clone()
            .all(|event| event["progress"]["state"] != "done"),
        "nothing is told of the cluster that nobody can know: {:#?}",
        cluster.collect::<Vec<_>>()
    );
    assert!(
        NODES
            .iter()
            .all(|name| done(&events, &node(name), "login") == 0)
    );

    operator.lab.break_it("ssh-mended").await.unwrap();
    while let Some(line) = lines.next_line().await.unwrap() {
        events.push(serde_json::from_str(&line).unwrap());
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert_eq!(events.last().unwrap()["healthy"], true);
    for name in NODES {
        assert!(done(&events, &node(name), "login") >= 1, "{name}");
        assert_eq!(
            done(&events, &node(name), "firewall"),
            1,
            "{name}: told once"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_restarts_in_the_middle_of_its_script_ends_well() {
    let operator = Operator::in_scenario("empty", 40.0).await;
    operator.lab.break_it("reboot-worker").await.unwrap();
    operator.applied().await;
    let events = operator.run(&FOLLOW).await.expect(0).lines();
    let reboots = events
        .iter()
        .filter(|event| event["type"] == "rebooted" && of_worker(event));
    assert_eq!(reboots.count(), 1);
    assert_eq!(told(&events, "k3s").last().unwrap(), "done");

    // Whoever comes late learns the same.
    std::fs::remove_dir_all(operator.state()).unwrap();
    let late = operator.run(&FOLLOW).await.expect(0).lines();
    let reboots = late
        .iter()
        .filter(|event| event["type"] == "rebooted" && of_worker(event));
    assert!(reboots.count() <= 1);
    assert_eq!(told(&late, "firewall"), ["done"], "told once, and done");
}

//! Ways up on which much goes wrong between the nodes and us, and nothing is lost of what they tell.

use serde_json::Value;

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

/// The lines that were told of a log of the worker.
fn lines(events: &[Value], origin: &str) -> Vec<String> {
    events
        .iter()
        .filter(|event| event["type"] == "log" && of_worker(event) && event["origin"] == origin)
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
    assert!(lines(&events, "script").is_empty());
    let named = events
        .iter()
        .any(|event| of_worker(event) && event["diagnosis"]["cause"] == "no-ssh");
    assert!(named, "it is said that only the console tells of it");
    let timed = events
        .iter()
        .filter(|event| of_worker(event) && event["took"].is_u64());
    assert!(timed.count() >= 5, "the console has the node's own times");
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

//! `k3scope lab` as a process: one line when ready, a clean end on a signal.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[rstest]
#[case("TERM")]
#[case("INT")]
#[tokio::test]
async fn it_says_when_it_is_ready_and_ends_on_a_signal(#[case] signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut lab = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .args(["lab", "--speed", "10", "--state-dir"])
        .arg(&state)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(lab.stdout.take().unwrap()).lines();
    let clock = Clock::default();
    let line = clock
        .timeout(Duration::from_mins(1), lines.next_line())
        .await
        .expect("it becomes ready")
        .unwrap()
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["kubernetes"], Value::Null);
    assert_eq!(ready["oci"]["region"], "us-ashburn-1");
    only_its_owner_reads(&state);
    let cluster = std::fs::read_to_string(ready["cluster_toml"].as_str().unwrap()).unwrap();
    let cluster: toml::Table = cluster.parse().unwrap();
    assert_eq!(
        cluster["endpoints"]["oci"].as_str(),
        ready["oci"]["endpoint"].as_str()
    );
    let private = std::fs::read_to_string(ready["ssh"]["private_key"].as_str().unwrap()).unwrap();
    assert!(private.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));

    let process = lab.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-s", signal, &process]).status();
    assert!(kill.await.unwrap().success());
    let status = clock
        .timeout(Duration::from_secs(30), lab.wait())
        .await
        .expect("it ends")
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(state.exists(), "a folder that was asked for stays");
}

fn only_its_owner_reads(folder: &Path) {
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[rstest]
#[case("out-of-capacity")]
#[case("limits-lie")]
#[case("rate-limited")]
#[case("api-flaky")]
#[case("drifted")]
#[case("leftovers")]
#[case("free-2026")]
#[case("idle-worker")]
#[tokio::test]
async fn every_scenario_of_provisioning_starts(#[case] scenario: &str) {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .args(["lab", "--speed", "10", "--scenario", scenario])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(lab.stdout.take().unwrap()).lines();
    let line = Clock::default()
        .timeout(Duration::from_mins(1), lines.next_line())
        .await
        .expect("it becomes ready")
        .unwrap()
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["ready"], true);
    let process = lab.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-s", "TERM", &process]).status();
    assert!(kill.await.unwrap().success());
    assert!(lab.wait().await.unwrap().success());
}

#[tokio::test]
async fn an_unknown_scenario_is_told_with_those_that_exist() {
    let output = Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .args(["lab", "--scenario", "nowhere"])
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("nowhere") && told.contains("empty"), "{told}");
}

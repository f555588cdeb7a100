//! Oracle's own SDK reads the lab's monitoring, where it is installed.

use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::{Lab, Options};
use serde_json::Value;
use tokio::process::Command;

use crate::provision::real_sdk::is_there;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oci/metrics.py");

#[tokio::test(flavor = "multi_thread")]
async fn oracles_sdk_reads_the_figures_of_a_week() {
    if !is_there().await {
        return;
    }
    let options = Options {
        scenario: "idle-worker".to_owned(),
        speed: 40.0,
        state_dir: None,
    };
    let lab = Lab::start(options).await.unwrap();
    let output = Command::new("python3")
        .arg(PROGRAM)
        .arg(lab.oci_config())
        .arg(lab.oci().endpoint())
        .arg(&lab.oci().place().compartment)
        .arg("k3s-worker")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = Clock::default()
        .timeout(Duration::from_mins(2), output)
        .await
        .expect("it answers")
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let streams: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stream = &streams[0];
    assert_eq!(stream["name"], "CpuUtilization");
    assert_eq!(stream["instance"], "k3s-worker");
    assert_eq!(stream["unit"], "percent");
    let values = stream["values"].as_array().unwrap();
    assert!((167..=169).contains(&values.len()), "{}", values.len());
    let low = |value: &Value| value.as_f64().is_some_and(|it| it > 3.0 && it < 6.0);
    assert!(values.iter().all(low), "{values:?}");
    lab.stop().await.unwrap();
}

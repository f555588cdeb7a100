//! Oracle's own command line against the lab: whether the lab is true is for it to say.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::{Lab, Options};
use serde_json::Value;
use tokio::process::Command;

/// The command line with what every call of it needs.
struct Oci {
    config: String,
    endpoint: String,
}

impl Oci {
    /// Runs a command line whose words hold no spaces.
    async fn run(&self, line: &str) -> Result<Value, String> {
        let command = Command::new("oci")
            .args(["--config-file", &self.config, "--profile", "LAB"])
            .args(["--endpoint", &self.endpoint, "--no-retry"])
            .args(line.split_whitespace())
            .env("OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING", "True")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = Clock::default()
            .timeout(Duration::from_mins(2), command)
            .await
            .expect("it answers")
            .unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    /// Runs what makes something and gives its id.
    async fn made(&self, line: &str) -> String {
        let made = self.run(line).await.unwrap();
        made["data"]["id"].as_str().expect("an id").to_owned()
    }
}

fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("oci").is_file())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn oracles_command_line_launches_and_terminates() {
    if !is_installed() {
        let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
        assert!(!required, "oci is not on PATH (PyPI oci-cli)");
        println!("skipped: oci is not on PATH");
        return;
    }
    let options = Options {
        speed: 50.0,
        ..Options::default()
    };
    let lab = Lab::start(options).await.unwrap();
    let oci = Oci {
        config: shown(&lab.oci_config()),
        endpoint: lab.oci().endpoint(),
    };
    let compartment = lab.oci().place().compartment.as_str();
    let until = "--wait-interval-seconds 1 --wait-for-state";
    let vcn = format!(
        r#"network vcn create -c {compartment} --cidr-blocks ["10.0.0.0/16"] {until} AVAILABLE"#
    );
    let vcn = oci.made(&vcn).await;
    let subnet = format!(
        "network subnet create -c {compartment} --vcn-id {vcn} --cidr-block 10.0.1.0/24 {until} AVAILABLE"
    );
    let subnet = oci.made(&subnet).await;
    let listed = format!("network vcn list -c {compartment}");
    let listed = oci.run(&listed).await.unwrap();
    assert_eq!(listed["data"][0]["id"], vcn.as_str());

    let instance = launch(&oci, compartment, &subnet, until).await;
    let vnics = format!("compute instance list-vnics --instance-id {instance}");
    let vnics = oci.run(&vnics).await.unwrap();
    assert_eq!(vnics["data"][0]["private-ip"], "10.0.1.2");
    assert!(vnics["data"][0]["public-ip"].is_string());

    let remove_subnet = format!("network subnet delete --subnet-id {subnet} --force");
    let refused = oci.run(&remove_subnet).await.unwrap_err();
    assert!(refused.contains(r#""code": "Conflict""#), "{refused}");
    let terminate =
        format!("compute instance terminate --instance-id {instance} --force {until} SUCCEEDED");
    oci.run(&terminate).await.unwrap();
    assert!(lab.oci().resources("instances").is_empty());
    oci.run(&remove_subnet).await.unwrap();
    lab.stop().await.unwrap();
}

/// Launches on the newest image that boots on A1, and waits until it runs.
async fn launch(oci: &Oci, compartment: &str, subnet: &str, until: &str) -> String {
    let shape = "VM.Standard.A1.Flex";
    let images = format!(
        "compute image list -c {compartment} --shape {shape} --operating-system-version 24.04"
    );
    let images = oci.run(&images).await.unwrap();
    let image = images["data"][0]["id"].as_str().unwrap();
    let line = format!(
        r#"compute instance launch -c {compartment} --availability-domain Sim0:US-ASHBURN-1-AD-1
        --shape {shape} --shape-config {{"ocpus":1,"memoryInGBs":6}} --image-id {image}
        --subnet-id {subnet} --assign-public-ip true --display-name node {until} RUNNING"#
    );
    oci.made(&line).await
}

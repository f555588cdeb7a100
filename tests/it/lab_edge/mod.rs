//! The lab as it is met from its internet: the hosts of its cluster over HTTP and TLS, its machines
//! over SSH, with the programs that people use.

mod real_curl;
mod real_shell;
mod real_ssh;
mod web;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::{Lab, Options};
use tokio::process::Command;

/// A lab, with the crypto provider that its servers need.
async fn lab(scenario: &str, speed: f64) -> Lab {
    // Another test of this binary may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options {
        scenario: scenario.to_owned(),
        speed,
        state_dir: None,
    };
    Lab::start(options).await.unwrap()
}

/// Where on loopback a port of a public address is, as the lab's `cluster.toml` says it.
fn dial(lab: &Lab, address: &str) -> Option<SocketAddr> {
    let text = std::fs::read_to_string(lab.cluster_toml()).unwrap();
    let configuration: toml::Table = text.parse().unwrap();
    let found = configuration["dial"].get(address)?;
    found.as_str().unwrap().parse().ok()
}

/// Whether a program is on PATH; a missing one fails where real programs are required.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
        return true;
    }
    let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(!required, "{program} is not on PATH");
    println!("skipped: {program} is not installed");
    false
}

/// Runs a program to its end, which a limit bounds.
async fn run(program: &str, folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = Clock::default().timeout(Duration::from_mins(1), command);
    output.await.expect("it ends").unwrap()
}

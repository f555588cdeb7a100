//! A lab in this process, and the program run against it as an operator would.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use k3scope::lab::oci::Record;
use k3scope::lab::{Lab, Options};
use serde_json::Value;
use tokio::process::{Child, Command};

/// Everything that provisioning makes, as the lab's collections name it.
const MADE: [&str; 7] = [
    "vcns",
    "internetGateways",
    "routeTables",
    "securityLists",
    "subnets",
    "instances",
    "publicIps",
];

/// How many times as fast as the real world the lab goes.
pub(super) const SPEED: f64 = 200.0;

/// A lab and its operator.
pub(super) struct Session {
    pub(super) lab: Lab,
    _folder: tempfile::TempDir,
}

impl Session {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            speed: SPEED,
            state_dir: Some(folder.path().join("lab")),
            ..Options::default()
        };
        Self {
            lab: Lab::start(options).await.unwrap(),
            _folder: folder,
        }
    }

    /// Launches that the lab was asked for.
    pub(super) fn launches(&self) -> Vec<Record> {
        let requests = self.lab.oci().requests().into_iter();
        requests.filter(|it| it.launch.is_some()).collect()
    }

    pub(super) fn config(&self) -> PathBuf {
        self.lab.cluster_toml()
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_k3scope"));
        command.arg("-c").arg(self.config()).args(args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().await.unwrap())
    }

    pub(super) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// The cluster's resources that are not gone, by key; a key that two bear stands twice.
    pub(super) fn world(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for collection in MADE {
            for resource in self.lab.oci().resources(collection) {
                let key = resource
                    .pointer("/freeformTags/k3scope-key")
                    .and_then(Value::as_str);
                let state = resource["lifecycleState"].as_str().unwrap();
                if let Some(key) = key.filter(|_| state != "TERMINATED") {
                    all.push((key.to_owned(), resource["id"].as_str().unwrap().to_owned()));
                }
            }
        }
        all.sort();
        all
    }

    /// The resource that bears this key.
    pub(super) fn resource(&self, collection: &str, key: &str) -> Value {
        let all = self.lab.oci().resources(collection);
        let found = all
            .into_iter()
            .find(|it| it["freeformTags"]["k3scope-key"] == key);
        found.unwrap_or_else(|| panic!("no {key} in {collection}"))
    }

    /// How many requests of `method` were accepted, by the first part of their path.
    pub(super) fn accepted(&self, method: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.lab.oci().requests() {
            if request.method == method && (200..300).contains(&request.status) {
                let path = request.path.split(['?', '/']).nth(2).unwrap().to_owned();
                *counts.entry(path).or_default() += 1;
            }
        }
        counts
    }
}

/// The keys of the reference layout.
pub(super) const REFERENCE: [&str; 12] = [
    "internet-gateway",
    "node-k3s-ingress",
    "node-k3s-server",
    "node-k3s-worker",
    "private-route-table",
    "private-security-list",
    "private-subnet",
    "public-ip",
    "public-route-table",
    "public-security-list",
    "public-subnet",
    "vcn",
];

/// Holds `world` against the reference layout: each resource, once.
pub(super) fn assert_complete(world: &[(String, String)]) {
    let keys: Vec<&str> = world.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, REFERENCE);
}

/// How a run of the program ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ended {
    pub(super) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(super) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON Lines.
    pub(super) fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

//! A cluster that is made by the program in a lab of some scenario, node by node.

use std::process::Stdio;

use k3scope::lab::Lab;
use serde_json::Value;
use tokio::process::Command;

use super::cluster::run;
use super::world::{lab_with, markers, wait_until};

/// A lab with a cluster under way.
pub(super) struct Story {
    pub(super) lab: Lab,
}

impl Story {
    /// Lets the program make the reference layout, with these troubles from the beginning.
    pub(super) async fn of(scenario: &str, troubles: &[&str]) -> Self {
        let lab = lab_with(scenario).await;
        for name in troubles {
            lab.break_it(name).await.unwrap();
        }
        run(&lab, "reference", &["apply", "--yes", "--allow-paid"]).await;
        Self { lab }
    }

    /// Breaks or mends something by name.
    pub(super) async fn now(&self, name: &str) {
        self.lab.break_it(name).await.unwrap();
    }

    /// The instance of a node that stands now.
    pub(super) fn instance(&self, node: &str) -> String {
        let instances = self.lab.oci().resources("instances");
        let own = instances
            .iter()
            .find(|it| it["displayName"] == node && it["lifecycleState"] != "TERMINATING");
        own.map_or_else(String::new, |it| it["id"].as_str().unwrap().to_owned())
    }

    /// What a node has printed.
    pub(super) fn console(&self, node: &str) -> String {
        self.lab.oci().console(&self.instance(node))
    }

    /// The markers of a node.
    pub(super) fn markers(&self, node: &str) -> Vec<(String, String, String)> {
        markers(&self.console(node))
    }

    /// How often a stage of a node was in a state.
    pub(super) fn count(&self, node: &str, (name, how): (&str, &str)) -> usize {
        let all = self.markers(node);
        let own = all.iter().filter(|it| it.0 == name && it.1 == how);
        own.count()
    }

    /// Waits until a stage of a node was in a state so often; gives the last detail.
    pub(super) async fn comes(&self, node: &str, what: (&str, &str), times: usize) -> String {
        let why = format!("{node}: {} {} {times} times", what.0, what.1);
        wait_until(&why, self.lab.oci().printed(), || {
            self.count(node, what) >= times
        })
        .await;
        let all = self.markers(node);
        let last = all
            .iter()
            .rfind(|it| it.0 == what.0 && it.1 == what.1)
            .unwrap();
        last.2.clone()
    }

    /// Waits until a node has printed a text.
    pub(super) async fn prints(&self, node: &str, text: &str, times: usize) {
        let why = format!("{node} prints {text:?}");
        wait_until(&why, self.lab.oci().printed(), || {
            self.console(node).matches(text).count() >= times
        })
        .await;
    }

    /// Waits until the cluster has so many nodes, all Ready.
    pub(super) async fn nodes(&self, count: usize) {
        let printed = self.lab.oci().printed();
        wait_until("a cluster", printed, || self.lab.objects().is_some()).await;
        let objects = self.lab.objects().unwrap();
        wait_until("all nodes Ready", objects.changes(), || {
            let nodes = objects.list("nodes");
            nodes.len() == count && nodes.iter().all(is_ready)
        })
        .await;
    }

    /// Runs a command on a node; its exit status and all that it wrote.
    pub(super) async fn on(&self, node: &str, command: &str) -> (Option<i32>, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_k3scope"))
            .arg("-c")
            .arg(self.lab.cluster_toml())
            .args(["ssh", node, "--", command])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let both = [done.stdout, done.stderr].concat();
        let text = String::from_utf8_lossy(&both).into_owned();
        (done.status.code(), text)
    }

    /// Ends the lab.
    pub(super) async fn end(self) {
        self.lab.stop().await.unwrap();
    }
}

/// Whether a Node is Ready.
pub(super) fn is_ready(node: &Value) -> bool {
    let conditions = node["status"]["conditions"].as_array();
    let mut all = conditions.into_iter().flatten();
    all.any(|it| it["type"] == "Ready" && it["status"] == "True")
}

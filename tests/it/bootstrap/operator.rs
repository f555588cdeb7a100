//! A lab whose nodes come up, and the program run against it.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use k3scope::lab::{Lab, Options};
use serde_json::Value;
use tokio::process::{Child, Command};

/// A lab and its operator.
pub(super) struct Operator {
    pub(super) lab: Lab,
    folder: tempfile::TempDir,
}

impl Operator {
    pub(super) async fn begin(speed: f64) -> Self {
        Self::in_scenario("empty", speed).await
    }

    pub(super) async fn in_scenario(scenario: &str, speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            speed,
            scenario: scenario.to_owned(),
            state_dir: Some(folder.path().join("lab")),
        };
        Self {
            lab: Lab::start(options).await.unwrap(),
            folder,
        }
    }

    /// The workspace's own folder.
    pub(super) fn state(&self) -> PathBuf {
        self.lab.cluster_toml().with_file_name(".k3scope")
    }

    /// A place for files of this operator's own.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_k3scope"));
        command.arg("-c").arg(self.lab.cluster_toml()).args(args);
        command.env("HOME", self.folder.path());
        command.env_remove("KUBECONFIG").env_remove("SSH_AUTH_SOCK");
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

    /// The network and the nodes are there.
    pub(super) async fn applied(&self) {
        self.run(&["apply", "--yes", "--allow-paid"])
            .await
            .expect(0);
    }
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
        let last: Vec<&str> = self.out.lines().rev().take(20).collect();
        assert_eq!(self.code, Some(code), "{last:#?}\n{}", self.err);
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

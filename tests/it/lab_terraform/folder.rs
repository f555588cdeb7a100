//! A folder of configuration that the real terraform works in, with the lab as its provider.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::Lab;
use serde_json::Value;
use tokio::process::Command;

const LONGEST: Duration = Duration::from_mins(5);

/// Where terraform works.
pub(super) struct Folder {
    path: PathBuf,
    /// Goes with this.
    own: Option<tempfile::TempDir>,
    reattach: String,
    variables: Vec<(String, String)>,
}

/// What a run of terraform ended with.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    #[expect(dead_code, reason = "it is shown when a test fails")]
    pub(super) stderr: String,
}

/// Whether terraform can be tried; where it must be, it has to be there.
pub(crate) fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join("terraform").is_file());
    let is = |name: &str| std::env::var_os(name).is_some_and(|value| value == "1");
    let excused = !is("K3SCOPE_REQUIRE_REAL") || is("K3SCOPE_NO_TERRAFORM");
    assert!(found || excused, "terraform is not on PATH");
    if !found {
        eprintln!("skipped: terraform is not on PATH");
    }
    found
}

impl Folder {
    /// A folder with `files`, for a cluster in the lab's compartment.
    pub(super) fn new(lab: &Lab, files: &[(&str, &str)]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let place = lab.oci().place();
        let variables = [
            ("tenancy", &place.tenancy),
            ("compartment", &place.compartment),
        ];
        let variables = variables.map(|(name, value)| (format!("TF_VAR_{name}"), value.clone()));
        let mut folder = Self::at(lab, own.path());
        folder.variables = variables.to_vec();
        folder.own = Some(own);
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A folder that has everything already.
    pub(super) fn at(lab: &Lab, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            own: None,
            reattach: lab
                .terraform()
                .expect("the lab serves a provider")
                .to_owned(),
            variables: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Changes a piece of `main.tf`, which has to be there.
    pub(super) fn edit(&self, old: &str, new: &str) {
        let text = fs::read_to_string(self.path().join("main.tf")).unwrap();
        assert!(text.contains(old), "{old}");
        self.write("main.tf", &text.replace(old, new));
    }

    /// A command whose words hold no spaces.
    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_REATTACH_PROVIDERS", &self.reattach)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, line: &str) -> Ran {
        Ran::of(self.command(line).output()).await
    }

    /// Runs what has to go well.
    pub(super) async fn ok(&self, line: &str) -> Ran {
        let ran = self.run(line).await;
        assert_eq!(ran.code, Some(0), "{line}: {ran:#?}");
        ran
    }

    /// The plan: none when there is nothing to do.
    pub(super) async fn changes(&self) -> Option<Ran> {
        let ran = self.run("plan -input=false -json -detailed-exitcode").await;
        match ran.code {
            Some(0) => None,
            Some(2) => Some(ran),
            _ => panic!("{ran:#?}"),
        }
    }

    /// A resource's values in the state.
    pub(super) async fn state(&self, address: &str) -> Value {
        let shown = self.ok("show -json").await;
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        let resources = shown["values"]["root_module"]["resources"].as_array();
        resources
            .into_iter()
            .flatten()
            .find(|resource| resource["address"] == address)
            .unwrap_or(&Value::Null)
            .clone()
    }
}

impl Ran {
    pub(super) async fn of(
        running: impl Future<Output = std::io::Result<std::process::Output>>,
    ) -> Self {
        let output = Clock::default().timeout(LONGEST, running).await;
        let output = output.expect("terraform ends").unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The messages of a type, in the machine-readable output.
    pub(super) fn messages(&self, kind: &str) -> Vec<Value> {
        self.stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["type"] == kind)
            .collect()
    }

    /// What is to become of resources, as `action address`, sorted.
    pub(super) fn actions(&self) -> Vec<String> {
        let mut actions: Vec<String> = self
            .messages("planned_change")
            .iter()
            .map(|message| &message["change"])
            .map(|change| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                format!(
                    "{} {}",
                    text(&change["action"]),
                    text(&change["resource"]["addr"])
                )
            })
            .collect();
        actions.sort();
        actions
    }

    /// The titles of errors.
    pub(super) fn errors(&self) -> Vec<String> {
        self.messages("diagnostic")
            .iter()
            .map(|message| &message["diagnostic"])
            .filter(|diagnostic| diagnostic["severity"] == "error")
            .filter_map(|diagnostic| diagnostic["summary"].as_str().map(str::to_owned))
            .collect()
    }
}

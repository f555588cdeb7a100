//! Plays `k3scope-bootstrap`: its host keys, its markers, its waits, and what its stages bring about.

use std::time::Duration;

use serde_json::json;

use super::founder::Founder;
use super::host_keys;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::obstacle::{self, Obstacle};
use super::settings::Settings;
use super::stages::{self, Deed, Stage};
use super::unit::{SCRIPT_LOG, Script};

const LOG_MODE: u32 = 0o640;
/// How often a stage that waits says so again.
const REMINDER: Duration = Duration::from_secs(50);
/// The exit status for a stage that the script does not have.
const UNKNOWN_STAGE: u8 = 2;

/// One run of the script.
pub(super) struct Run<'a> {
    pub(super) machine: &'a Machine,
    pub(super) machines: &'a Machines,
    pub(super) founder: &'a Founder,
}

/// A stage failed: what the marker says, and the exit status.
struct Failure {
    detail: String,
    exit: u8,
}

impl Run<'_> {
    /// Plays it from a stage on, or whole.
    pub(super) async fn play(&self, from: Option<&str>) -> Script {
        let settings = self.settings();
        let block = host_keys::block(self.machine.host_keys(), self.machine.name());
        for line in block.lines() {
            self.say(line);
        }
        let names: Vec<String> = self.machine.stages();
        let begin = from.and_then(|from| names.iter().position(|name| name == from));
        for name in names.iter().skip(begin.unwrap_or(0)) {
            self.mark(name, "start", "");
            match self.stage(name, &settings).await {
                Ok(()) => self.mark(name, "ok", ""),
                Err(failure) => {
                    self.mark(name, "failed", &failure.detail);
                    return Script::Failed(failure.exit);
                }
            }
        }
        Script::Done
    }

    async fn stage(&self, name: &str, settings: &Settings) -> Result<(), Failure> {
        let Some(stage) = stages::stage(name) else {
            return Err(Failure {
                detail: format!("stage {name}: exit status {UNKNOWN_STAGE}"),
                exit: UNKNOWN_STAGE,
            });
        };
        if let Some(awaits) = &stage.awaits {
            self.mark(name, "wait", &settings.fill(awaits));
        }
        if let Some(need) = stage.needs {
            let look = || obstacle::of(need, self.machine, self.machines, settings);
            self.clear(stage, look).await?;
        }
        self.take_time(stage, settings).await;
        match stage.does {
            None => Ok(()),
            Some(Deed::Masquerade) => {
                self.machine.start_masquerading();
                Ok(())
            }
            Some(Deed::K3s) => self.start_k3s(settings).await,
        }
    }

    /// Waits until nothing stands in the way, and says for what.
    async fn clear(
        &self,
        stage: &Stage,
        look: impl Fn() -> Option<Obstacle>,
    ) -> Result<(), Failure> {
        let mut changes = self.machines.changes();
        let patience = Duration::from_secs(u64::from(stage.patience));
        let since = self.machine.uptime();
        let mut said = None;
        loop {
            changes.mark_unchanged();
            let Some(obstacle) = look() else {
                return Ok(());
            };
            let waited = self.machine.uptime().saturating_sub(since);
            if waited >= patience {
                return Err(Failure {
                    detail: format!(
                        "{}: exit status {}: {}",
                        obstacle.command, obstacle.exit, obstacle.says
                    ),
                    exit: obstacle.exit,
                });
            }
            if said.is_none_or(|last| waited >= last + REMINDER) {
                said = Some(waited);
                self.log(&obstacle.says);
                self.mark(&stage.name, "wait", &obstacle.awaits);
            }
            let left = patience.saturating_sub(waited).min(REMINDER);
            tokio::select! {
                () = self.machine.clock().sleep(left) => {}
                told = changes.changed() => if told.is_err() { return Ok(()) },
            }
        }
    }

    /// Prints a stage's lines over its time.
    async fn take_time(&self, stage: &Stage, settings: &Settings) {
        let own = if self.is_server() {
            &stage.server
        } else {
            &stage.agent
        };
        let lines: Vec<&String> = stage.lines.iter().chain(own).collect();
        let pieces = u32::try_from(lines.len()).unwrap_or(0) + 1;
        let piece = Duration::from_secs(u64::from(stage.seconds)) / pieces;
        for line in lines {
            self.machine.clock().sleep(piece).await;
            let date = self.machine.clock().now();
            let date = date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            self.log(&settings.fill(line).replace("${DATE}", &date));
        }
        self.machine.clock().sleep(piece).await;
    }

    async fn start_k3s(&self, settings: &Settings) -> Result<(), Failure> {
        let how = if self.is_server() {
            K3s::Server
        } else {
            K3s::Agent
        };
        let started = self.founder.start(self.machine, self.machines, how).await;
        started.map_err(|reason| Failure {
            detail: format!(
                "systemctl start {}: exit status 1: {reason}",
                settings.get("UNIT").unwrap_or_default()
            ),
            exit: 1,
        })
    }

    fn is_server(&self) -> bool {
        self.machine.role().as_deref() == Some("server")
    }

    fn settings(&self) -> Settings {
        let (unit, proof) = if self.is_server() {
            ("k3s.service", "/etc/rancher/k3s/k3s.yaml")
        } else {
            (
                "k3s-agent.service",
                "/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
            )
        };
        let settings = self.machine.settings();
        settings.with("UNIT", unit).with("PROOF", proof)
    }

    fn mark(&self, name: &str, state: &str, detail: &str) {
        let marker = json!({
            "k3scope": 1, "node": self.machine.name(), "stage": name, "state": state,
            "t": self.machine.uptime().as_secs(), "detail": detail,
        });
        self.say(&format!("@k3scope {marker} @end"));
    }

    /// A line on the console and in the log.
    fn say(&self, line: &str) {
        self.machine.print(&format!("{line}\r\n"));
        self.log(line);
    }

    fn log(&self, line: &str) {
        let line = format!("{line}\n");
        self.machine
            .disk()
            .append(SCRIPT_LOG, line.as_bytes(), LOG_MODE);
    }
}

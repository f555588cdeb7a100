//! Plays `k3scope-bootstrap`: its host keys, its markers, its waits, and what its stages bring about.

use std::time::Duration;

use serde_json::json;

use super::firewall::Preset;
use super::host_keys;
use super::identity;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::obstacle::{self, Obstacle};
use super::settings::Settings;
use super::stages::{self, Deed, Stage};
use super::trouble::{Moment, Trouble, Troubles};
use super::unit::{Request, SCRIPT_LOG, Script};

const LOG_MODE: u32 = 0o640;
/// How often a stage that waits says so again.
const REMINDER: Duration = Duration::from_secs(50);
/// The exit status for a stage that the script does not have.
const UNKNOWN_STAGE: u8 = 2;

/// One run of the script.
pub(super) struct Run<'a> {
    pub(super) machine: &'a Machine,
    pub(super) machines: &'a Machines,
    pub(super) troubles: &'a Troubles,
}

/// A stage failed: what the marker says, and the exit status.
struct Failure {
    detail: String,
    exit: u8,
}

impl Run<'_> {
    /// Plays it as it was asked for: from a stage on, or whole.
    pub(super) async fn play(&self, request: &Request) -> Script {
        let settings = self.settings();
        let block = host_keys::block(self.machine.host_keys(), self.machine.name());
        for line in block.lines() {
            self.say(line);
        }
        if request.rejoin {
            self.machine.stop_k3s();
            identity::forget(self.machine.disk());
        }
        let names: Vec<String> = self.machine.stages();
        let from = request.from.as_ref();
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
            None => {}
            Some(Deed::Firewall) => {
                self.machine.add_rules(Preset::Firewall);
                self.machine.save_rules();
            }
            Some(Deed::Masquerade) => {
                self.machine.add_rules(Preset::Nat);
                self.machine.save_rules();
                // Troubles come before anything is forwarded, so that nobody slips through.
                if !self.happened(name).contains(&Trouble::NatNoForwarding) {
                    self.machine.keep_forwarding();
                }
                return Ok(());
            }
            Some(Deed::K3s) => self.start_k3s(stage, settings).await?,
        }
        self.happened(name);
        Ok(())
    }

    /// A stage has brought about what it brings about; gives the troubles that this brought.
    fn happened(&self, stage: &str) -> Vec<Trouble> {
        self.troubles.happened(self.machine, Moment::Stage(stage))
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

    /// Prints a stage's lines over its time; K3s takes its own time when it is started.
    async fn take_time(&self, stage: &Stage, settings: &Settings) {
        let pieces = u32::try_from(stage.lines.len()).unwrap_or(0) + 1;
        let piece = match stage.does {
            Some(Deed::K3s) => Duration::from_secs(1),
            _ => Duration::from_secs(u64::from(self.seconds(stage))) / pieces,
        };
        for line in &stage.lines {
            self.machine.clock().sleep(piece).await;
            self.log(&settings.fill(line));
        }
        self.machine.clock().sleep(piece).await;
    }

    fn seconds(&self, stage: &Stage) -> u32 {
        let slowness = if stage.network {
            self.machine.slowness()
        } else {
            1
        };
        stage.seconds.saturating_mul(slowness)
    }

    /// Starts the unit and waits until K3s is part of its cluster, with its newest lines in the log.
    async fn start_k3s(&self, stage: &Stage, settings: &Settings) -> Result<(), Failure> {
        let how = if self.is_server() {
            K3s::Server
        } else {
            K3s::Agent
        };
        let journal = self.machine.journal();
        let (mut place, mut last) = (journal.end(), String::new());
        let (mut grown, mut changes) = (journal.changes(), self.machines.changes());
        self.machine.start_k3s(how);
        let patience = Duration::from_secs(u64::from(stage.patience));
        let awaits = settings.fill(stage.awaits.as_deref().unwrap_or_default());
        let since = self.machine.uptime();
        let mut said = since;
        loop {
            let (lines, next) = journal.since(how.unit(), place);
            place = next;
            for line in lines {
                self.log(&line);
                last = line;
            }
            let now = self.machine.uptime();
            if self.machine.k3s() == Some(how) {
                return Ok(());
            }
            if now.saturating_sub(since) >= patience {
                return Err(Failure {
                    detail: format!("{awaits}: exit status 1: {last}"),
                    exit: 1,
                });
            }
            if now >= said + REMINDER {
                said = now;
                self.mark(&stage.name, "wait", &awaits);
            }
            let left = patience.saturating_sub(now.saturating_sub(since));
            tokio::select! {
                () = self.machine.clock().sleep(left.min(REMINDER)) => {}
                told = grown.changed() => if told.is_err() { return Ok(()) },
                told = changes.changed() => if told.is_err() { return Ok(()) },
            }
        }
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

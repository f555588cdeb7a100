//! The bootstrap script of a machine and the unit that runs it, as whoever logs in sees them.
//!
//! Asking is here; running is the machine's life (`life.rs`), one run at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, mpsc, watch};

use super::machine::Machine;
use super::trouble::Trouble;

/// Where the script lies.
pub(in crate::lab) const SCRIPT: &str = "/usr/local/sbin/k3scope-bootstrap";
/// The script's settings.
pub(in crate::lab) const SETTINGS: &str = "/etc/k3scope/bootstrap.env";
/// What the script writes.
pub(in crate::lab) const SCRIPT_LOG: &str = "/var/log/k3scope-bootstrap.log";
/// The unit's file.
const UNIT: &str = "/etc/systemd/system/k3scope-bootstrap.service";
/// The stage from which an agent joins anew.
const REJOINS_FROM: &str = "api-server";
/// How long it is waited for a unit that is being stopped.
const STOP: Duration = Duration::from_secs(5);
/// Requests to run the script that may wait.
const REQUESTS: usize = 4;

/// What the script does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) enum Script {
    /// It has not run since the machine booted.
    #[default]
    Idle,
    /// It runs.
    Running,
    /// It ended well.
    Done,
    /// It ended with this exit status.
    Failed(u8),
}

/// That the script is to run, from a stage or from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) from: Option<String>,
    /// Whether what the agent has of its server is to go first.
    pub(super) rejoin: bool,
    /// Whether systemd runs it, which starts it again when it fails.
    pub(super) unit: bool,
}

impl Request {
    /// What systemd asks for.
    pub(super) fn of_unit() -> Self {
        Self {
            unit: true,
            ..Self::default()
        }
    }
}

/// Why the script cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::lab) enum CannotRun {
    /// There is none on the disk.
    #[error("sudo: k3scope-bootstrap: command not found")]
    NotInstalled,
    /// There is no unit for it on the disk.
    #[error("Unit k3scope-bootstrap.service not found.")]
    NoUnit,
    /// It has no such stage.
    #[error("usage: k3scope-bootstrap [--from STAGE | --rejoin]; the stages of this node: {0}")]
    NoSuchStage(String),
    /// A server has no other server to join.
    #[error("--rejoin is for agents: this node is the server")]
    NotAnAgent,
    /// It runs already.
    #[error("another run is under way; its progress is in /var/log/k3scope-bootstrap.log")]
    Running,
}

impl CannotRun {
    /// The exit status that goes with it.
    pub(in crate::lab) fn exit_status(&self) -> u8 {
        match self {
            Self::NotInstalled => 1,
            Self::NoUnit => 5,
            Self::NoSuchStage(_) | Self::NotAnAgent => 2,
            Self::Running => 75,
        }
    }
}

/// The state of the script, and who asks for it.
#[derive(Debug)]
pub(super) struct Bootstrap {
    state: watch::Sender<Script>,
    requests: mpsc::Sender<Request>,
    /// How often the unit was stopped.
    stops: watch::Sender<u64>,
    asked: Arc<tokio::sync::Mutex<mpsc::Receiver<Request>>>,
}

impl Bootstrap {
    pub(super) fn new() -> Self {
        let (requests, asked) = mpsc::channel(REQUESTS);
        Self {
            state: watch::Sender::new(Script::Idle),
            requests,
            stops: watch::Sender::new(0),
            asked: Arc::new(tokio::sync::Mutex::new(asked)),
        }
    }

    /// Who asks for the script: only the machine's life takes them, one boot after the other.
    pub(super) async fn requests(&self) -> OwnedMutexGuard<mpsc::Receiver<Request>> {
        Arc::clone(&self.asked).lock_owned().await
    }

    /// Each time that the unit is stopped.
    pub(super) fn stops(&self) -> watch::Receiver<u64> {
        self.stops.subscribe()
    }

    /// Takes the script's lock; false when someone has it.
    pub(super) fn begin(&self) -> bool {
        self.state.send_if_modified(|state| {
            let free = *state != Script::Running;
            *state = Script::Running;
            free
        })
    }

    /// The script has ended.
    pub(super) fn end(&self, how: Script) {
        self.state.send_replace(how);
    }

    /// The machine went off or on: nothing is known of the script.
    pub(super) fn forget(&self) {
        self.state.send_replace(Script::Idle);
    }
}

impl Machine {
    /// What the script does; follow it to wait for its end.
    pub(in crate::lab) fn script(&self) -> watch::Receiver<Script> {
        self.bootstrap().state.subscribe()
    }

    /// The names of the script's stages on this machine.
    pub(in crate::lab) fn stages(&self) -> Vec<String> {
        let settings = self.settings();
        let names = settings.get("STAGES").unwrap_or_default();
        names.split_whitespace().map(str::to_owned).collect()
    }

    /// Runs the script as `k3scope-bootstrap [--from STAGE]` does, by hand. Its lines go to
    /// [`SCRIPT_LOG`]; the answer tells when it has ended.
    pub(in crate::lab) fn run_script(
        &self,
        from: Option<&str>,
    ) -> Result<watch::Receiver<Script>, CannotRun> {
        if self.disk().file(SCRIPT).is_none() {
            return Err(CannotRun::NotInstalled);
        }
        let stages = self.stages();
        if from.is_some_and(|from| stages.iter().all(|stage| stage != from)) {
            return Err(CannotRun::NoSuchStage(stages.join(" ")));
        }
        self.ask(Request {
            from: from.map(str::to_owned),
            ..Request::default()
        })
    }

    /// Runs the script as `k3scope-bootstrap --rejoin` does.
    pub(in crate::lab) fn rejoin(&self) -> Result<watch::Receiver<Script>, CannotRun> {
        if self.disk().file(SCRIPT).is_none() {
            return Err(CannotRun::NotInstalled);
        }
        if self.role().as_deref() == Some("server") {
            return Err(CannotRun::NotAnAgent);
        }
        self.ask(Request {
            from: Some(REJOINS_FROM.to_owned()),
            rejoin: true,
            ..Request::default()
        })
    }

    /// Starts the unit, as `systemctl start k3scope-bootstrap` does.
    pub(in crate::lab) fn start_unit(&self) -> Result<watch::Receiver<Script>, CannotRun> {
        if self.disk().file(UNIT).is_none() || self.disk().file(SCRIPT).is_none() {
            return Err(CannotRun::NoUnit);
        }
        if self.suffers(Trouble::UnitHeld) {
            // systemd keeps the job until the network is online, and says so nowhere.
            self.hold_unit(true);
            return Ok(self.script());
        }
        self.ask(Request::of_unit())
    }

    /// Starts the unit where it waits to be started.
    pub(super) fn let_unit_start(&self) {
        if self.hold_unit(false) && self.start_unit().is_err() {
            tracing::debug!(name = self.name(), "the script runs already");
        }
    }

    /// Stops the unit, as `systemctl stop k3scope-bootstrap` does: its run ends without a word, and
    /// nothing starts it again. A run by hand goes on; nobody waits for that.
    pub(in crate::lab) async fn stop_unit(&self) {
        let mut script = self.script();
        self.bootstrap().stops.send_modify(|count| *count += 1);
        let ended = script.wait_for(|now| *now != Script::Running);
        tokio::select! {
            _ = ended => {}
            () = self.clock().sleep(STOP) => {}
        }
    }

    /// Whether systemd starts the unit again when it has failed.
    pub(super) fn unit_restarts(&self) -> bool {
        let unit = self.disk().text(UNIT).unwrap_or_default();
        unit.lines().any(|line| line.trim() == "Restart=on-failure")
    }

    fn ask(&self, request: Request) -> Result<watch::Receiver<Script>, CannotRun> {
        let bootstrap = self.bootstrap();
        if !bootstrap.begin() || bootstrap.requests.try_send(request).is_err() {
            return Err(CannotRun::Running);
        }
        Ok(self.script())
    }
}

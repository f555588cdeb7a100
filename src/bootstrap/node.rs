//! Follows one node: its instance, its console while nobody can log in, and then its logs.

use std::time::Duration;

use tokio::sync::watch;

use super::console::Console;
use super::flow::Logs;
use super::log::NodeLog;
use super::machines::Machine;
use super::shared::{Shared, Unheard};
use super::tail::LogFile;
use crate::domain::bootstrap::{BootstrapEvent, LogOrigin, Progress, Stage};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::topology::{Node, Role};
use crate::ssh::{Hop, HostKeys, Session, SshError};

/// The pace of looks at a console, and of attempts to log in.
const LOOK: Duration = Duration::from_secs(5);
/// Looks in vain after which they become rarer: OCI does not like to be asked for ever.
const PATIENT_LOOKS: u32 = 120;
const RARE_LOOK: Duration = Duration::from_secs(30);
/// Attempts to log in that fail before it is told as a problem: sshd needs its time.
const PATIENT_LOGINS: u32 = 12;

/// What is known of a node between two looks.
pub(super) struct Follower<'a> {
    pub(super) shared: &'a Shared,
    pub(super) node: &'a Node,
    pub(super) log: NodeLog,
    machines: watch::Receiver<Vec<Machine>>,
    instance: Option<String>,
    console: Console,
    /// What may still become the console's first block of host keys.
    until_keys: String,
    looks: u32,
    failed_logins: u32,
    /// The log files of this instance, and how far each was read.
    pub(super) logs: Logs,
    /// Whether somebody was logged in to this instance before.
    pub(super) was_logged_in: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(shared: &'a Shared, node: &'a Node) -> Self {
        Self {
            log: NodeLog::new(&node.name, node.role),
            machines: shared.machines.subscribe(),
            shared,
            node,
            instance: None,
            console: Console::default(),
            until_keys: String::new(),
            looks: 0,
            failed_logins: 0,
            logs: Logs::new([LogOrigin::CloudInit, LogOrigin::Script].map(LogFile::on_node)),
            was_logged_in: false,
        }
    }

    /// Follows for as long as somebody listens.
    pub(super) async fn run(mut self) -> Unheard {
        loop {
            let machine = match self.running().await {
                Ok(machine) => machine,
                Err(unheard) => return unheard,
            };
            if let Err(unheard) = Box::pin(self.attend(&machine)).await {
                return unheard;
            }
            let pace = if self.looks < PATIENT_LOOKS {
                LOOK
            } else {
                RARE_LOOK
            };
            self.shared.clock.sleep(pace).await;
        }
    }

    /// Waits for the node's instance to run.
    async fn running(&mut self) -> Result<Machine, Unheard> {
        loop {
            let found = self
                .machines
                .borrow_and_update()
                .iter()
                .find(|machine| machine.name == self.node.name)
                .cloned();
            if let Some(machine) = &found
                && self.instance.as_ref() != Some(&machine.id)
            {
                self.begin(machine).await?;
            }
            let waits_for = match found {
                Some(machine) if machine.is_running() => {
                    self.set(Stage::Instance, Progress::Done).await?;
                    return Ok(machine);
                }
                Some(machine) => format!("the instance, which is {}", machine.state),
                None => "the instance to be made".to_owned(),
            };
            let waits_for = Line::new(&waits_for);
            self.set(Stage::Instance, Progress::Running { waits_for })
                .await?;
            if self.machines.changed().await.is_err() {
                return Err(Unheard);
            }
        }
    }

    /// The first sight of an instance, or of another one than before.
    async fn begin(&mut self, machine: &Machine) -> Result<(), Unheard> {
        if self.instance.replace(machine.id.clone()).is_some() {
            for event in self.log.forget() {
                self.shared.tell(event).await?;
            }
        }
        self.console = Console::default();
        self.until_keys = String::new();
        self.looks = 0;
        self.failed_logins = 0;
        self.logs.begin_anew();
        self.was_logged_in = false;
        Ok(())
    }

    /// One look: log in and stay, or else read the console.
    async fn attend(&mut self, machine: &Machine) -> Result<(), Unheard> {
        if matches!(self.log.progress(Stage::Login), Progress::Failed { .. }) {
            self.shared.reread_pins().await;
        }
        let pinned = self.shared.pinned(&machine.id).await;
        if let Some(keys) = pinned {
            self.set(Stage::HostKeys, Progress::Done).await?;
            match self.log_in(machine, keys).await {
                Ok(Some(session)) => {
                    self.failed_logins = 0;
                    self.looks = 0;
                    self.set(Stage::Login, Progress::Done).await?;
                    self.shared.keep_session(&self.node.name, Some(&session));
                    let visited = Box::pin(self.visit(&session)).await;
                    self.shared.keep_session(&self.node.name, None);
                    return visited;
                }
                Ok(None) => {
                    let waits_for = "the way in through the ingress node".into();
                    self.set(Stage::Login, Progress::Running { waits_for })
                        .await?;
                }
                Err(error) => self.no_login(&error).await?,
            }
        }
        self.look_at_console(machine).await
    }

    /// A session on the node; none while there is no way to it.
    async fn log_in(&self, machine: &Machine, keys: HostKeys) -> Result<Option<Session>, SshError> {
        if self.node.role == Role::Ingress {
            let Some(address) = &machine.public_ip else {
                return Ok(None);
            };
            let hop = Hop::node(&machine.name, address, keys);
            return self.shared.way_in(&hop).session().await.map(Some);
        }
        let Some(gateway) = self.shared.gateway.borrow().clone() else {
            return Ok(None);
        };
        // What is wrong with the way in is the ingress node's to tell.
        let Ok(way) = gateway.session().await else {
            return Ok(None);
        };
        let hop = Hop::node(&machine.name, &machine.private_ip, keys);
        way.through(&hop, &self.shared.target.login).await.map(Some)
    }

    async fn no_login(&mut self, error: &SshError) -> Result<(), Unheard> {
        let mut problem = error.problem();
        problem.title = format!("{}: {}", self.node.name, problem.title);
        if !error.may_pass() {
            let failed = Progress::Failed {
                problem: problem.clone(),
            };
            if *self.log.progress(Stage::Login) != failed {
                self.shared.tell_problem(problem).await?;
            }
            return self.set(Stage::Login, failed).await;
        }
        self.failed_logins += 1;
        if self.failed_logins == PATIENT_LOGINS {
            self.shared.tell_problem(problem).await?;
        }
        let waits_for = Line::new(&format!("SSH: {error}"));
        self.set(Stage::Login, Progress::Running { waits_for })
            .await
    }

    async fn look_at_console(&mut self, machine: &Machine) -> Result<(), Unheard> {
        self.looks = self.looks.saturating_add(1);
        let new = match self.console.look(&machine.id, self.shared).await {
            Ok(new) => new,
            Err(error) => {
                let why = Line::new(&error.to_string());
                tracing::info!(node = %self.node.name, %why, "no look at the console");
                if self.log.is_done(Stage::Console) {
                    return Ok(());
                }
                let waits_for = Line::new(&format!("its console: {why}"));
                return self
                    .set(Stage::Console, Progress::Running { waits_for })
                    .await;
            }
        };
        if new.is_empty() {
            return match self.log.progress(Stage::Console) {
                Progress::Waiting => {
                    let waits_for = "the first line on its console".into();
                    self.set(Stage::Console, Progress::Running { waits_for })
                        .await
                }
                Progress::Running { .. } | Progress::Done | Progress::Failed { .. } => Ok(()),
            };
        }
        self.set(Stage::Console, Progress::Done).await?;
        self.take(LogOrigin::Console, new.as_bytes()).await?;
        self.find_keys(machine, &new).await
    }

    /// The first block of host keys that the console shows counts, and no later one.
    async fn find_keys(&mut self, machine: &Machine, new: &str) -> Result<(), Unheard> {
        if self.log.is_done(Stage::HostKeys) {
            return Ok(());
        }
        self.until_keys.push_str(new);
        let keys = HostKeys::from_console(&self.until_keys);
        let is_whole = !self.console.has_lost_its_beginning();
        let Some(keys) = keys.filter(|_| is_whole) else {
            self.until_keys = String::from(HostKeys::unfinished(&self.until_keys));
            let waits_for = if is_whole {
                "the host keys on its console".into()
            } else {
                // Whoever can write on the console could have printed what is the first block now.
                "the host keys: the beginning of its console, where they stood, is gone".into()
            };
            return self
                .set(Stage::HostKeys, Progress::Running { waits_for })
                .await;
        };
        self.until_keys = String::new();
        match self.shared.pin(machine, &keys).await {
            Ok(()) => self.set(Stage::HostKeys, Progress::Done).await,
            Err(problem) => {
                self.set(Stage::HostKeys, Progress::Failed { problem })
                    .await
            }
        }
    }

    /// Tells that a stage is this far, unless it was told.
    pub(super) async fn set(&mut self, stage: Stage, progress: Progress) -> Result<(), Unheard> {
        match self.log.set(stage, progress) {
            Some(event) => self.shared.tell(event).await,
            None => Ok(()),
        }
    }

    /// Takes in what came from one place, and tells what it says.
    pub(super) async fn take(&mut self, origin: LogOrigin, bytes: &[u8]) -> Result<(), Unheard> {
        let events = self.log.read(origin, bytes, &self.shared.mask);
        self.tell_all(events).await
    }

    pub(super) async fn tell_all(&self, events: Vec<BootstrapEvent>) -> Result<(), Unheard> {
        for event in events {
            self.shared.tell(event).await?;
        }
        Ok(())
    }

    /// Tells a problem of this node that is no failed stage.
    pub(super) async fn complain(
        &self,
        what: &str,
        detail: &str,
        next: &str,
    ) -> Result<(), Unheard> {
        let problem = Problem {
            title: format!("{}: {what}", self.node.name),
            detail: Line::new(detail).to_string(),
            next: next.to_owned(),
            request_id: None,
        };
        self.shared.tell_problem(problem).await
    }
}

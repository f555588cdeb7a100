//! What the followers of all nodes share: the machines, the pins, the way in, and where to tell.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, watch};

use super::diagnose::Standing;
use super::kubeconfig::Kubeconfig;
use super::machines::Machine;
use super::mask::Mask;
use super::target::Target;
use crate::clock::Clock;
use crate::domain::bootstrap::{BootstrapEvent, Progress, Stage, Subject};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::log_line::{Level, LogLine};
use crate::domain::problem::Problem;
use crate::ssh::{Gateway, Hop, HostKeys, Pins, Session};

/// How following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stopped.
    Stopped,
    /// Nobody listens any more.
    Unheard,
}

/// The way to the cluster's API, once there is one.
#[derive(Clone, Debug)]
pub struct Door {
    /// The way through the ingress node.
    pub gateway: Gateway,
    /// The kubeconfig's file, checked and rewritten to the server's private address.
    pub kubeconfig: PathBuf,
}

/// Nobody listens any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unheard;

/// All of that, and what secrets are kept out of.
pub(super) struct Shared {
    pub(super) target: Target,
    pub(super) clock: Clock,
    pub(super) mask: Mask,
    pub(super) machines: watch::Sender<Vec<Machine>>,
    pub(super) pins: Mutex<Pins>,
    pub(super) gateway: watch::Sender<Option<Gateway>>,
    /// The nodes that somebody is logged in to now, by name.
    pub(super) sessions: watch::Sender<BTreeMap<String, Session>>,
    /// The stages that were told, for whoever looks into them.
    pub(super) standing: watch::Sender<Standing>,
    /// Captures of consoles that are not deleted yet.
    pub(super) captures: Mutex<Vec<String>>,
    pub(super) door: watch::Sender<Option<Door>>,
    pub(super) events: mpsc::Sender<Event>,
}

impl Shared {
    pub(super) async fn tell(&self, mut event: BootstrapEvent) -> Result<(), Unheard> {
        let now = self.clock.now();
        if let BootstrapEvent::Stage {
            took: Some(took), ..
        } = &mut event
        {
            // A node's own clock runs as fast as its world; everything that is shown is real.
            let real = self.clock.at_pace(Duration::from_secs(*took));
            *took = real.as_secs() + u64::from(real.subsec_nanos() > 0);
        }
        self.standing
            .send_if_modified(|standing| standing.learn(&event, now));
        self.tell_what(What::Bootstrap(event)).await
    }

    pub(super) async fn tell_stage(
        &self,
        of: Subject,
        stage: Stage,
        progress: Progress,
    ) -> Result<(), Unheard> {
        self.tell(BootstrapEvent::Stage {
            of,
            stage,
            progress,
            took: None,
        })
        .await
    }

    pub(super) async fn tell_problem(&self, problem: Problem) -> Result<(), Unheard> {
        self.tell_what(What::Problem(problem)).await
    }

    /// Tells what belongs into our own log and calls for nothing.
    pub(super) async fn tell_log(&self, level: Level, text: &str) -> Result<(), Unheard> {
        let line = LogLine {
            level,
            by: "bootstrap".into(),
            text: Line::new(text),
        };
        self.tell_what(What::Log(line)).await
    }

    async fn tell_what(&self, what: What) -> Result<(), Unheard> {
        let at = self.clock.now();
        let event = Event { at, what };
        self.events.send(event).await.map_err(|_| Unheard)
    }

    /// The session on the node of this name, while somebody is logged in to it.
    pub(super) fn session(&self, node: &str) -> Option<Session> {
        let session = self.sessions.borrow().get(node).cloned();
        session.filter(|session| !session.is_closed())
    }

    /// Somebody is logged in to the node of this name, or no longer.
    pub(super) fn keep_session(&self, node: &str, session: Option<&Session>) {
        self.sessions.send_modify(|known| {
            match session {
                Some(session) => known.insert(node.to_owned(), session.clone()),
                None => known.remove(node),
            };
        });
    }

    /// The pinned keys of an instance.
    pub(super) async fn pinned(&self, instance: &str) -> Option<HostKeys> {
        let pins = self.pins.lock().await;
        pins.of_instance(instance).map(|pin| pin.keys.clone())
    }

    /// Reads the pins again: a person may have believed another key meanwhile, here or elsewhere.
    pub(super) async fn reread_pins(&self) {
        let mut pins = self.pins.lock().await;
        match Pins::load(&self.target.pins()) {
            Ok(read) => *pins = read,
            Err(error) => tracing::warn!(%error, "the pins stay as they were"),
        }
    }

    /// Pins the keys that a console showed.
    pub(super) async fn pin(&self, machine: &Machine, keys: &HostKeys) -> Result<(), Problem> {
        let mut pins = self.pins.lock().await;
        match pins.pin(&machine.name, &machine.id, keys) {
            Ok(_) => Ok(()),
            Err(error) => Err(Problem {
                title: format!("The host keys of {} cannot be pinned", machine.name),
                detail: Line::new(&error.to_string()).to_string(),
                next: format!("look at {}", self.target.pins().display()),
                request_id: None,
            }),
        }
    }

    /// The way in through the ingress node at `hop`; a node that was rebuilt is another way.
    pub(super) fn way_in(&self, hop: &Hop) -> Gateway {
        if let Some(known) = self.gateway.borrow().as_ref().filter(|it| it.hop() == hop) {
            return known.clone();
        }
        let gateway = Gateway::new(
            hop.clone(),
            self.target.login.clone(),
            self.target.dialling(),
            self.clock,
        );
        self.gateway.send_replace(Some(gateway.clone()));
        self.open_door();
        gateway
    }

    /// Opens the door as soon as both its halves are there, and opens it anew when one has changed.
    pub(super) fn open_door(&self) {
        let kubeconfig = self.target.kubeconfig();
        let gateway = self.gateway.borrow().clone();
        if let Some(gateway) = gateway.filter(|_| kubeconfig.is_file()) {
            self.door.send_replace(Some(Door {
                gateway,
                kubeconfig,
            }));
        }
    }

    /// Keeps the kubeconfig, and opens the door where it is a new one.
    pub(super) fn keep_kubeconfig(&self, kubeconfig: &Kubeconfig) -> std::io::Result<()> {
        let is_open = self.door.borrow().is_some();
        if kubeconfig.keep(&self.target.kubeconfig())? || !is_open {
            self.open_door();
        }
        Ok(())
    }
}

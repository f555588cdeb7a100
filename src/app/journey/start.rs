//! How a journey begins and ends.

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::attending::UnderWay;
use super::guide::Guide;
use crate::app::guest::Guest;
use crate::app::setup::Ground;
use crate::domain::event::Event;
use crate::domain::hunt::Unattended;
use crate::domain::sought::Sought;
use crate::effect::Effect;
use crate::kube::Target;

/// Where a journey begins, and what it may do.
#[derive(Debug)]
pub struct Start {
    /// `cluster.toml`, what stands there, and the environment.
    pub ground: Ground,
    /// Whether the cluster is chosen first, whatever stands there.
    pub setup_first: bool,
    /// A cluster that stands without nodes of ours: it is watched at once.
    pub standing: Option<Target>,
    /// Who breaks something on purpose, by its name; nobody outside of a lab.
    pub breaker: Option<mpsc::Sender<String>>,
    /// Who gives the terminal away to a program; nobody where there is none.
    pub guests: Option<mpsc::Sender<Guest>>,
    /// What is looked for outside of the cluster; nothing where nobody tells.
    pub sought: Option<watch::Receiver<Sought>>,
}

/// A hunt for capacity that ended because the session did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many launches had gone out.
    pub tried: u32,
    /// How it is kept running without a session.
    pub unattended: Unattended,
}

/// A journey under way.
#[derive(Debug)]
pub struct Journey {
    task: JoinHandle<Option<Left>>,
    stop: CancellationToken,
    under_way: watch::Receiver<UnderWay>,
}

impl Journey {
    /// Begins: performs `effects`, and tells on `events` what comes of them.
    pub fn start(
        start: Start,
        effects: mpsc::Receiver<Effect>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let stop = CancellationToken::new();
        let (told, under_way) = watch::channel(UnderWay::new());
        let guide = Guide::new(start, events, told);
        let task = tokio::spawn(guide.lead(effects, stop.clone()));
        Self {
            task,
            stop,
            under_way,
        }
    }

    /// Tells what a run works on, by name and since when, also while it is being stopped.
    pub fn under_way(&self) -> watch::Receiver<Vec<(String, Timestamp)>> {
        self.under_way.clone()
    }

    /// Stops what runs so that the next start goes on from there, and waits until it has stopped.
    /// Whoever held the other end of `events` must have let go of it, or read on. Tells what a person
    /// may want to keep running.
    pub async fn stop(self) -> Option<Left> {
        self.stop.cancel();
        self.task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the journey broke down");
            None
        })
    }
}

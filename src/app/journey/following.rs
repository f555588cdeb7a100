//! Following the nodes and, as soon as its API is reached, the cluster: one bundle of tasks.

use std::future::pending;

use secrecy::SecretString;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::relay::relay;
use super::teller::{Teller, problem};
use crate::app::cloud::Cloud;
use crate::app::feeds;
use crate::bootstrap::{Door, Wires, follow};
use crate::config::Loaded;
use crate::domain::bootstrap::NodeAct;
use crate::domain::event::What;
use crate::domain::problem::Problem;
use crate::domain::sought::Sought;
use crate::kube::{self, Connection, Way};
use crate::sources::{CHANNEL, Cloudflare, Feeds, Supervisor};

/// Things that may wait to be done about nodes.
const ACTS: usize = 16;

/// What is learnt that leads the session on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum News {
    /// Everything is as it should be.
    Healthy,
}

/// The tasks that follow a cluster.
#[derive(Debug)]
pub(in crate::app) struct Following {
    stop: CancellationToken,
    healthy: mpsc::Receiver<()>,
    acts: mpsc::Sender<NodeAct>,
    records: Option<Cloudflare>,
    tasks: Vec<JoinHandle<()>>,
}

impl Following {
    /// Begins to follow the nodes that `cloud` made, as `loaded` says. The way to the cluster's API is
    /// handed to `found` whenever there is another one.
    pub(in crate::app) fn start(
        loaded: &Loaded,
        cloud: &Cloud,
        passphrase: Option<SecretString>,
        (teller, found): (&Teller, &watch::Sender<Option<Connection>>),
        sought: Option<watch::Receiver<Sought>>,
    ) -> Result<Self, Problem> {
        let target = cloud.target(loaded, passphrase).map_err(|error| {
            let title = "The workspace's own folder cannot be used";
            problem(title, error, "Mend that, then try again.")
        })?;
        let (cloudflare, unread) = match feeds::cloudflare(loaded) {
            Ok(cloudflare) => (cloudflare, None),
            Err(problem) => (None, Some(problem)),
        };
        let followed = cloudflare.clone();
        let records = Feeds {
            cloudflare,
            sought: sought.clone(),
            visitor: Some(feeds::visitor(Some(loaded))),
            instances: Some(cloud.instances()),
            resolvers: feeds::resolvers(Some(loaded)),
            ..Feeds::default()
        };
        let (stop, ended) = (CancellationToken::new(), teller.clone());
        let (state, outward) = (target.state.clone(), teller.events.clone());
        let (told, of_all) = mpsc::channel(CHANNEL);
        let (tell_healthy, healthy) = mpsc::channel(1);
        let (door, opened) = watch::channel(None);
        let (acts, asked) = mpsc::channel(ACTS);
        let inside = Teller {
            events: told,
            clock: teller.clock,
        };
        let wires = Wires {
            events: inside.events.clone(),
            door,
            acts: asked,
        };
        let following = follow(target, wires, teller.clock, stop.clone());
        let tasks = vec![
            tokio::spawn(async move {
                match following.await {
                    Ok(outcome) => tracing::debug!(?outcome, "following has ended"),
                    Err(problem) => ended.problem(problem).await,
                }
            }),
            tokio::spawn(feed(
                opened,
                (records, unread),
                (found.clone(), sought),
                inside,
                stop.clone(),
            )),
            tokio::spawn(async move { relay(of_all, outward, tell_healthy, &state).await }),
        ];
        Ok(Self {
            stop,
            healthy,
            acts,
            records: followed,
            tasks,
        })
    }

    /// Has something done about a node; gives it back where too much waits already.
    pub(super) fn act(&self, act: NodeAct) -> Result<(), NodeAct> {
        self.acts.try_send(act).map_err(TrySendError::into_inner)
    }

    /// The records that are followed.
    pub(super) fn records(&self) -> Option<Cloudflare> {
        self.records.clone()
    }

    /// Waits for what leads on. Can be abandoned and called again.
    pub(super) async fn news(&mut self) -> News {
        match self.healthy.recv().await {
            Some(()) => News::Healthy,
            None => pending().await,
        }
    }

    /// Ends every task and waits for it.
    pub(in crate::app) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the journey broke down");
            }
        }
    }
}

/// Follows the records at once, and the cluster's objects whenever there is a way to its API.
async fn feed(
    mut door: watch::Receiver<Option<Door>>,
    (records, unread): (Feeds, Option<Problem>),
    (found, sought): (
        watch::Sender<Option<Connection>>,
        Option<watch::Receiver<Sought>>,
    ),
    teller: Teller,
    stop: CancellationToken,
) {
    if let Some(problem) = unread {
        teller.problem(problem).await;
    }
    let records = Supervisor::start(records, teller.events.clone(), teller.clock);
    let mut objects: Option<Supervisor> = None;
    loop {
        let way = door.borrow_and_update().clone();
        if let Some(way) = way
            && let Some(feeds) = connect(&way, &teller).await
        {
            if let Some(before) = objects.take() {
                before.stop().await;
            }
            found.send_replace(feeds.kubernetes.clone());
            let sought = sought.clone();
            objects = Some(Supervisor::start(
                Feeds { sought, ..feeds },
                teller.events.clone(),
                teller.clock,
            ));
        }
        tokio::select! {
            () = stop.cancelled() => break,
            changed = door.changed() => if changed.is_err() {
                // The nodes are not followed any more; the cluster still is.
                stop.cancelled().await;
                break;
            },
        }
    }
    if let Some(objects) = objects {
        objects.stop().await;
    }
    records.stop().await;
}

async fn connect(door: &Door, teller: &Teller) -> Option<Feeds> {
    let target = kube::Target {
        kubeconfig: Some(door.kubeconfig.clone()),
        ..kube::Target::default()
    };
    match Connection::open_by(&target, &Way::Through(door.gateway.clone())).await {
        Ok(connection) => Some(Feeds {
            kubernetes: Some(connection),
            metrics: true,
            ..Feeds::default()
        }),
        Err(error) => {
            let title = "The cluster's kubeconfig cannot be used";
            let told = problem(title, &error, error.next);
            teller.tell(What::Problem(told)).await;
            None
        }
    }
}

//! Follows all nodes of a cluster side by side.

use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, Either};
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::machines::machines;
use super::mask::Mask;
use super::node::Follower;
use super::shared::{Door, Outcome, Shared, Unheard};
use super::target::Target;
use super::usual_file::usual;
use super::{acts, console, diagnose, hosts, secrets};
use crate::clock::Clock;
use crate::domain::bootstrap::{BootstrapEvent, Followed, NodeAct, Progress, Stage, Subject};
use crate::domain::event::Event;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::ssh::Pins;

/// The pace of looks at the instances while one is missing or starting, and once all run.
const LOOK: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How long captures that are left at the end may take to be deleted.
const TIDY_WITHIN: Duration = Duration::from_secs(5);

/// What joins following to whoever leads it.
#[derive(Debug)]
pub struct Wires {
    /// Where it tells what it learns.
    pub events: mpsc::Sender<Event>,
    /// Opens as soon as the cluster's API can be reached.
    pub door: watch::Sender<Option<Door>>,
    /// What is to be done about nodes. Following goes on when nobody can ask any more.
    pub acts: mpsc::Receiver<NodeAct>,
}

/// Follows `target` until `stop`, tells what it learns, and does what it is asked about nodes. It
/// never gives up and never judges: who folds the events knows when it is enough. Only a file of
/// pins that cannot be read keeps it from beginning.
pub async fn follow(
    target: Target,
    wires: Wires,
    clock: Clock,
    stop: CancellationToken,
) -> Result<Outcome, Problem> {
    let pins = Pins::load(&target.pins()).map_err(|error| Problem {
        title: "The pinned host keys cannot be read".to_owned(),
        detail: Line::new(&error.to_string()).to_string(),
        next: "mend the file, or remove it: the keys are then read from the consoles again"
            .to_owned(),
        request_id: None,
    })?;
    let Some(wanted) = stop.run_until_cancelled(wanted(&target)).await else {
        return Ok(Outcome::Stopped);
    };
    let hidden = wanted.iter().flat_map(secrets::Wanted::secrets);
    let shared = Shared {
        mask: Mask::new(target.agent_token().into_iter().chain(hidden)),
        clock,
        machines: watch::Sender::new(Vec::new()),
        pins: Mutex::new(pins),
        gateway: watch::Sender::new(None),
        sessions: watch::Sender::default(),
        standing: watch::Sender::default(),
        captures: Mutex::default(),
        door: wires.door,
        events: wires.events,
        target,
    };
    let following = all(&shared, &wanted, wires.acts);
    let outcome = match stop.run_until_cancelled(following).await {
        Some(Unheard) => Outcome::Unheard,
        None => Outcome::Stopped,
    };
    tidy(&shared).await;
    Ok(outcome)
}

/// Reads the secrets that are to be placed; a program that prints one may take its time.
async fn wanted(target: &Target) -> Vec<secrets::Wanted> {
    let loaded = target.loaded.clone();
    let reading = tokio::task::spawn_blocking(move || secrets::wanted(&loaded));
    reading.await.unwrap_or_else(|error| {
        tracing::error!(%error, "reading the secrets broke down");
        Vec::new()
    })
}

async fn all(
    shared: &Shared,
    wanted: &[secrets::Wanted],
    asked: mpsc::Receiver<NodeAct>,
) -> Unheard {
    let nodes = &shared.target.topology.nodes;
    let second = shared.clock.at_pace(Duration::from_secs(1));
    let usual = usual(&shared.target.state).with_second(second);
    let followed = nodes.iter().map(|node| Followed {
        name: Line::new(&node.name),
        role: node.role,
    });
    let started = BootstrapEvent::Started {
        nodes: followed.collect(),
        delivers: shared.target.delivers,
        hosts: shared.target.hosts.iter().map(|it| Line::new(it)).collect(),
        places: shared.target.places,
        usual: usual.clone(),
    };
    if let Err(unheard) = shared.tell(started).await {
        return unheard;
    }
    let followers = nodes.iter().map(|node| Follower::new(shared, node).run());
    let followers = future::select_all(followers.map(Box::pin));
    let beside = future::select_all([
        look_out(shared).boxed(),
        hosts::run(shared).boxed(),
        knock(shared).boxed(),
        secrets::run(shared, wanted).boxed(),
        acts::run(shared, asked).boxed(),
        diagnose::run(shared, usual).boxed(),
    ]);
    tokio::pin!(beside);
    match future::select(followers, beside).await {
        Either::Left(((unheard, ..), _)) | Either::Right(((unheard, ..), _)) => unheard,
    }
}

/// Keeps the list of machines up to date. OCI that does not answer leaves it as it was.
async fn look_out(shared: &Shared) -> Unheard {
    let Target {
        client,
        compartment,
        topology,
        ..
    } = &shared.target;
    let mut told = None;
    loop {
        let mut pace = LOOK;
        match machines(client, compartment, topology).await {
            Ok(found) => {
                told = None;
                let complete = found.len() == topology.nodes.len();
                if complete && found.iter().all(super::Machine::is_running) {
                    pace = LOOK_AGAIN;
                }
                shared.machines.send_if_modified(|known| {
                    let is_new = *known != found;
                    *known = found;
                    is_new
                });
            }
            Err(error) => {
                let why = Line::new(&error.to_string());
                if told.as_ref() != Some(&why) {
                    told = Some(why.clone());
                    let problem = Problem {
                        title: "The instances cannot be listed".to_owned(),
                        detail: why.to_string(),
                        next: "it is asked again by itself; see [oci] in cluster.toml".to_owned(),
                        request_id: error.request_id().map(str::to_owned),
                    };
                    if let Err(unheard) = shared.tell_problem(problem).await {
                        return unheard;
                    }
                }
            }
        }
        shared.clock.sleep(pace).await;
    }
}

/// Says that the API is being tried, from the moment at which there is a way to it.
async fn knock(shared: &Shared) -> Unheard {
    let mut door = shared.door.subscribe();
    loop {
        if door.borrow_and_update().is_some() {
            let waits_for = "an answer of the API server".into();
            let running = Progress::Running { waits_for };
            return match shared
                .tell_stage(Subject::Cluster, Stage::Api, running)
                .await
            {
                Ok(()) => future::pending().await,
                Err(unheard) => unheard,
            };
        }
        if door.changed().await.is_err() {
            return Unheard;
        }
    }
}

/// Deletes what was being captured when it was stopped.
async fn tidy(shared: &Shared) {
    let left = std::mem::take(&mut *shared.captures.lock().await);
    let deleting = future::join_all(left.iter().map(|it| console::delete(it, shared)));
    if shared.clock.timeout(TIDY_WITHIN, deleting).await.is_err() {
        tracing::debug!(?left, "console captures stay behind");
    }
}

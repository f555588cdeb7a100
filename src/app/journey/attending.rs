//! Hands on what a run tells, runs the operator's command where that is due, and keeps what whoever
//! leads the session must know of it: whether it hunts, and whether a node was had meanwhile.

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::app::notify::{Herald, words};
use crate::domain::event::{Event, What};
use crate::domain::plan::{Action, ResourceKind};
use crate::domain::provision::ProvisionEvent;
use crate::store::run::{Progress, Run};
use crate::store::{Store, fold};

/// What a run is working on: names, and since when.
pub(super) type UnderWay = Vec<(String, Timestamp)>;

/// Who is told where a run stands, and what it works on.
pub(super) struct Watchers {
    pub(super) standing: watch::Sender<Standing>,
    pub(super) under_way: watch::Sender<UnderWay>,
}

impl Watchers {
    fn tell(&self, run: &Run) {
        let now = Standing::of(run);
        self.standing.send_if_modified(|known| {
            let is_new = *known != now;
            *known = now;
            is_new
        });
        let steps = run.under_way();
        let steps = steps.map(|(step, since)| (step.name.clone(), since));
        self.under_way.send_replace(steps.collect());
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it hunts.
    pub(super) hunts: bool,
    /// When that hunt is given up, if ever.
    pub(super) until: Option<Timestamp>,
    /// How many launches went out in it.
    pub(super) tried: u32,
    /// Nodes that are there.
    pub(super) had: usize,
}

impl Standing {
    fn of(run: &Run) -> Self {
        let hunt = run.hunt.as_ref().filter(|hunt| hunt.is_on());
        let nodes = run.plan.steps.iter().zip(&run.steps).filter(|(step, now)| {
            let is_there = now.progress == Progress::Finished && step.action != Action::Delete;
            step.kind == ResourceKind::Instance && is_there
        });
        Self {
            hunts: hunt.is_some(),
            until: hunt.and_then(|hunt| hunt.until),
            tried: hunt.map_or(0, |hunt| hunt.tried),
            had: nodes.count(),
        }
    }

    /// Whether nodes come up while others are still hunted for.
    pub(super) fn has_nodes_early(self) -> bool {
        self.hunts && self.had > 0
    }
}

/// Attends a run until it tells nothing any more.
pub(super) async fn attend(
    mut told: mpsc::Receiver<Event>,
    events: mpsc::Sender<Event>,
    herald: Herald,
    watchers: Watchers,
) {
    let mut store = Box::<Store>::default();
    while let Some(event) = told.recv().await {
        let hunted = hunted(&event.what).cloned();
        fold(&mut store, event.clone());
        if let Some(run) = &store.run {
            let said = hunted.and_then(|hunted| words(&hunted, run));
            if let Some(said) = said {
                herald.tell(&said, &event);
            }
            watchers.tell(run);
        }
        if events.send(event).await.is_err() {
            tracing::debug!("the session has ended; nobody is told");
        }
    }
}

fn hunted(what: &What) -> Option<&ProvisionEvent> {
    if let What::Provision(event @ ProvisionEvent::Hunt(_)) = what {
        Some(event)
    } else {
        None
    }
}

//! A journey and who stands at its two ends.

use std::time::Duration;

use k3scope::app::journey::{Journey, Left, Start};
use k3scope::clock::Clock;
use k3scope::domain::bootstrap::{BootstrapEvent, Outcome};
use k3scope::domain::event::{Event, What};
use k3scope::domain::problem::Problem;
use k3scope::domain::provision::ProvisionEvent;
use k3scope::effect::Effect;
use k3scope::store::bootstrap::Bootstrap;
use k3scope::store::{Store, fold};
use tokio::sync::mpsc;

/// After this a wait has failed; nothing is measured by it.
const LIMIT: Duration = Duration::from_mins(4);

/// A journey, and all that it told.
pub(super) struct Led {
    journey: Journey,
    effects: mpsc::Sender<Effect>,
    events: mpsc::Receiver<Event>,
    pub(super) store: Store,
    problems: Vec<Problem>,
}

impl Led {
    pub(super) fn start(start: Start) -> Self {
        let (effects, asked) = mpsc::channel(16);
        let (told, events) = mpsc::channel(1_024);
        Self {
            journey: Journey::start(start, asked, told),
            effects,
            events,
            store: Store::default(),
            problems: Vec::new(),
        }
    }

    pub(super) async fn ask(&self, effect: Effect) {
        self.effects.send(effect).await.unwrap();
    }

    /// Folds what is told until `holds`.
    pub(super) async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
    }

    /// Folds what is told until a run tells something that `is_it`.
    pub(super) async fn until_told(&mut self, why: &str, is_it: impl Fn(&ProvisionEvent) -> bool) {
        loop {
            if let What::Provision(event) = self.next(why).await
                && is_it(&event)
            {
                return;
            }
        }
    }

    /// The next problem that is told.
    pub(super) async fn problem(&mut self) -> Problem {
        loop {
            if let What::Problem(problem) = self.next("a problem").await {
                return problem;
            }
        }
    }

    /// Why the next act is refused that is.
    pub(super) async fn refused(&mut self) -> Problem {
        loop {
            let what = self.next("a refusal").await;
            if let What::Bootstrap(BootstrapEvent::Acted {
                outcome: Outcome::Failed { problem },
                ..
            }) = what
            {
                return problem;
            }
        }
    }

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            let store = &self.store;
            let waits = store.bootstrap.as_ref().and_then(Bootstrap::waiting_for);
            panic!(
                "not so: {why}\nat {:?}, {waits:?}\n{:#?}",
                store.stage, self.problems
            );
        };
        recordable(&event);
        let what = event.what.clone();
        if let What::Problem(problem) = &what {
            self.problems.push(problem.clone());
        }
        fold(&mut self.store, event);
        what
    }

    /// Stops it and gives all that it told to the end.
    pub(super) async fn stop(self) -> Store {
        self.leave().await.0
    }

    /// As [`Led::stop`], with the hunt that was left.
    pub(super) async fn leave(self) -> (Store, Option<Left>) {
        let Self {
            journey,
            effects,
            mut events,
            mut store,
            ..
        } = self;
        let folding = async {
            while let Some(event) = events.recv().await {
                fold(&mut store, event);
            }
        };
        let (left, ()) = tokio::join!(journey.stop(), folding);
        drop(effects);
        (store, left)
    }
}

/// What a recording would hold of it is what a replay reads.
fn recordable(event: &Event) {
    let line = serde_json::to_string(event).unwrap();
    assert_eq!(
        serde_json::from_str::<Event>(&line).ok().as_ref(),
        Some(event),
        "{line}"
    );
}

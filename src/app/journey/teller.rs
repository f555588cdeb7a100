//! Puts what happened on the session's channel.

use tokio::sync::mpsc;

pub(super) use crate::app::setup::problem;
use crate::clock::Clock;
use crate::domain::event::{Event, What};
use crate::domain::journey::Stage;
use crate::domain::problem::Problem;
use crate::provision::onlooker::Onlooker;

/// A way to tell. Cloning is cheap.
#[derive(Clone, Debug)]
pub(in crate::app) struct Teller {
    pub(in crate::app) events: mpsc::Sender<Event>,
    pub(in crate::app) clock: Clock,
}

impl Teller {
    pub(super) async fn tell(&self, what: What) {
        let at = self.clock.now();
        if self.events.send(Event { at, what }).await.is_err() {
            tracing::debug!("the session has ended; nobody is told");
        }
    }

    /// Tells what planning does. It does not wait for a full channel: the next word is as good.
    pub(super) fn onlooker(&self) -> Onlooker {
        let Self { events, clock } = self.clone();
        Onlooker::new(move |now| {
            let what = What::Planning { now: Some(now) };
            let at = clock.now();
            if events.try_send(Event { at, what }).is_err() {
                tracing::debug!("nobody took what planning does");
            }
        })
    }

    pub(super) async fn stage(&self, stage: Stage) {
        self.tell(What::Stage { stage }).await;
    }

    pub(super) async fn problem(&self, problem: Problem) {
        tracing::warn!(title = problem.title, detail = problem.detail, "a problem");
        self.tell(What::Problem(problem)).await;
    }
}

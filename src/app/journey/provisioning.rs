//! Planning and applying in the background, each as one task that can be asked to stop.
//!
//! A stop abandons waits and begins nothing new; a request under way ends, and the journal knows it.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::teller::{Teller, problem};
use crate::app::cloud::{Barred, BeginError, Begun, Cloud, permit};
use crate::domain::event::What;
use crate::domain::plan::{Operation, Plan};
use crate::domain::problem::Problem;
use crate::domain::provision::Outcome;
use crate::provision::direct::{Survey, Unplanned};

/// What a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plan,
    Apply,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Came {
    /// Everything is there.
    Complete,
    /// Something is missing, or was not made.
    Incomplete,
    /// It could not be done.
    Failed(Problem),
    /// It was stopped.
    Stopped,
}

/// A task under way.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) kind: Kind,
    task: JoinHandle<Came>,
    stop: CancellationToken,
}

impl Work {
    /// Begins to look at what there is.
    pub(super) fn plan(cloud: Cloud, teller: Teller) -> Self {
        Self::begin(Kind::Plan, |stop| async move {
            match planned(&cloud, &teller, &stop).await {
                Ok(None) => Came::Stopped,
                Ok(Some((plan, _))) if plan.is_empty() => Came::Complete,
                Ok(Some(_)) => Came::Incomplete,
                Err(problem) => Came::Failed(problem),
            }
        })
    }

    /// Begins to make what is missing.
    pub(super) fn apply(cloud: Cloud, allow_paid: bool, teller: Teller) -> Self {
        Self::begin(Kind::Apply, move |stop| async move {
            apply(&cloud, allow_paid, &teller, stop)
                .await
                .unwrap_or_else(Came::Failed)
        })
    }

    fn begin<F>(kind: Kind, task: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = Came> + Send + 'static,
    {
        let stop = CancellationToken::new();
        Self {
            kind,
            task: tokio::spawn(task(stop.clone())),
            stop,
        }
    }

    /// Asks it to stop.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has ended. Can be abandoned and called again.
    pub(super) async fn ended(&mut self) -> Came {
        match (&mut self.task).await {
            Ok(came) => came,
            Err(error) => Came::Failed(problem(
                "A mistake in k3scope",
                error,
                "Try again: it goes on from what is there. Please report this with the log.",
            )),
        }
    }
}

/// What there is and what is missing; nothing where a stop came first.
async fn planned(
    cloud: &Cloud,
    teller: &Teller,
    stop: &CancellationToken,
) -> Result<Option<(Plan, Survey)>, Problem> {
    // A look at a whole cloud is a large thing to carry along.
    let looking = Box::pin(cloud.engine.plan());
    let Some(planned) = stop.run_until_cancelled(looking).await else {
        return Ok(None);
    };
    let (plan, survey) = planned.map_err(|Unplanned { problem, .. }| problem)?;
    teller.tell(What::Planned(Box::new(plan.clone()))).await;
    Ok(Some((plan, survey)))
}

async fn apply(
    cloud: &Cloud,
    allow_paid: bool,
    teller: &Teller,
    stop: CancellationToken,
) -> Result<Came, Problem> {
    let Some((plan, survey)) = planned(cloud, teller, &stop).await? else {
        return Ok(Came::Stopped);
    };
    permit(&plan, allow_paid).map_err(|barred| refused(&barred))?;
    let Begun {
        engine,
        journal,
        lock: _lock,
    } = cloud
        .begin(Operation::Apply)
        .map_err(|error| cannot_begin(&error))?;
    let events = teller.events.clone();
    let outcome = engine.execute((plan, survey), journal, events, stop).await;
    Ok(match outcome {
        Outcome::Done => Came::Complete,
        Outcome::Failed => Came::Incomplete,
        Outcome::Interrupted => Came::Stopped,
    })
}

fn refused(barred: &Barred) -> Problem {
    let next = match barred {
        Barred::Limits(_) => {
            "Choose the compact layout, free something, or ask Oracle for higher limits."
        }
        Barred::Price(_) => "Confirm the price, or choose the compact layout (2 OCPU and 12 GB).",
    };
    problem(&barred.to_string(), barred.detail(), next)
}

fn cannot_begin(error: &BeginError) -> Problem {
    let next = match error {
        BeginError::Lock(_) => "Wait until the other run has ended, then try again.",
        BeginError::State(_)
        | BeginError::Journal(_)
        | BeginError::Token(_)
        | BeginError::Render(_) => "Mend that, then try again.",
    };
    problem("The run cannot begin", error, next)
}

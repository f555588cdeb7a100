//! Planning and applying in the background, each as one task that can be asked to stop.
//!
//! A stop abandons waits and begins nothing new; a request under way ends, and the journal knows it.

use std::future::Future;

use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::attending::{Standing, UnderWay, Watchers, attend};
use super::teller::{Teller, problem};
use crate::app::begin::{BeginError, Begun};
use crate::app::cloud::Cloud;
use crate::app::notify::Herald;
use crate::app::permit::{Barred, permit};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::log_line::{Level, LogLine};
use crate::domain::plan::Operation;
use crate::domain::problem::Problem;
use crate::domain::provision::Outcome;
use crate::provision::Planned;
use crate::provision::direct::Unplanned;
use crate::sources::CHANNEL;

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
    /// Ends a run of Terraform at once.
    force: Option<CancellationToken>,
    standing: watch::Receiver<Standing>,
}

impl Work {
    /// Begins to look at what there is.
    pub(super) fn plan(cloud: Cloud, passphrase: Option<SecretString>, teller: Teller) -> Self {
        Self::begin(Kind::Plan, |stop, _| async move {
            match planned(&cloud, passphrase, &teller, &stop).await {
                Ok(None) => Came::Stopped,
                Ok(Some(planned)) if planned.plan.is_empty() => Came::Complete,
                Ok(Some(_)) => Came::Incomplete,
                Err(problem) => Came::Failed(problem),
            }
        })
    }

    /// Begins to make what is missing. `passphrase` opens the SSH key, where a node is asked for what
    /// the workspace has lost.
    pub(super) fn apply(
        cloud: Cloud,
        (allow_paid, passphrase): (bool, Option<SecretString>),
        teller: Teller,
        (herald, under_way): (Herald, watch::Sender<UnderWay>),
    ) -> Self {
        let terraform = cloud.engine.terraform.as_ref();
        let force = terraform.map(|terraform| terraform.force.clone());
        let work = Self::begin(Kind::Apply, move |stop, standing| async move {
            let run = Run {
                cloud,
                teller,
                herald,
                watchers: Watchers {
                    standing,
                    under_way,
                },
                stop,
                passphrase,
            };
            run.apply(allow_paid).await.unwrap_or_else(Came::Failed)
        });
        Self { force, ..work }
    }

    fn begin<F>(
        kind: Kind,
        task: impl FnOnce(CancellationToken, watch::Sender<Standing>) -> F,
    ) -> Self
    where
        F: Future<Output = Came> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let (stands, standing) = watch::channel(Standing::default());
        Self {
            kind,
            task: tokio::spawn(task(stop.clone(), stands)),
            stop,
            force: None,
            standing,
        }
    }

    /// Where it stands now.
    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Waits for its end, or until it stands elsewhere than it was last asked. Can be abandoned and
    /// called again.
    pub(super) async fn turn(&mut self) -> Turn {
        let changed = async {
            match self.standing.changed().await {
                Ok(()) => {}
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = changed => Turn::Stands,
            came = ended(&mut self.task) => Turn::Ended(came),
        }
    }

    /// Asks it to stop.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Ends it at once, where it is Terraform's.
    pub(super) fn force(&self) {
        if let Some(force) = &self.force {
            self.stop.cancel();
            force.cancel();
        }
    }

    /// Waits until it has ended. Can be abandoned and called again.
    pub(super) async fn ended(&mut self) -> Came {
        ended(&mut self.task).await
    }
}

/// What is new of a task.
#[derive(Debug)]
pub(super) enum Turn {
    /// It stands elsewhere.
    Stands,
    /// It has ended.
    Ended(Came),
}

async fn ended(task: &mut JoinHandle<Came>) -> Came {
    match task.await {
        Ok(came) => came,
        Err(error) => Came::Failed(problem(
            "A mistake in k3scope",
            error,
            "Try again: it goes on from what is there. Please report this with the log.",
        )),
    }
}

/// What there is and what is missing; nothing where a stop came first.
async fn planned(
    cloud: &Cloud,
    passphrase: Option<SecretString>,
    teller: &Teller,
    stop: &CancellationToken,
) -> Result<Option<Planned>, Problem> {
    let watched = cloud.clone().watched_by(teller.onlooker());
    // A look at a whole cloud is a large thing to carry along.
    let looking = Box::pin(watched.plan(Operation::Apply, passphrase));
    let planned = stop.run_until_cancelled(looking).await;
    teller.tell(What::Planning { now: None }).await;
    let Some(planned) = planned else {
        return Ok(None);
    };
    let planned = planned.map_err(|Unplanned { problem, .. }| problem)?;
    if let Some(note) = &planned.other_engine {
        teller.tell(What::Log(noted(note))).await;
    }
    let plan = Box::new(planned.plan.clone());
    teller.tell(What::Planned(plan)).await;
    Ok(Some(planned))
}

/// A line about what another engine left.
fn noted(note: &str) -> LogLine {
    LogLine {
        level: Level::Info,
        by: "plan".into(),
        text: note.into(),
    }
}

/// All that a run is made of.
struct Run {
    cloud: Cloud,
    teller: Teller,
    herald: Herald,
    watchers: Watchers,
    stop: CancellationToken,
    passphrase: Option<SecretString>,
}

impl Run {
    async fn apply(self, allow_paid: bool) -> Result<Came, Problem> {
        let Self {
            cloud,
            teller,
            herald,
            watchers,
            stop,
            passphrase,
        } = self;
        let planned = planned(&cloud, passphrase.clone(), &teller, &stop).await?;
        let Some(planned) = planned else {
            return Ok(Came::Stopped);
        };
        let plan = &planned.plan;
        if !planned.is_under_way() {
            permit(plan, allow_paid).map_err(|barred| refused(&barred))?;
        }
        let opening = cloud.opening(plan).map_err(cannot_begin)?;
        if let Some(said) = opening.says() {
            teller.tell(What::Log(log(&said))).await;
        }
        let beginning = stop.run_until_cancelled(opening.begin(passphrase));
        let Some(begun) = beginning.await else {
            return Ok(Came::Stopped);
        };
        let Begun {
            engine,
            journal,
            lock: _lock,
        } = begun.map_err(cannot_begin)?;
        cloud.pin_image(plan).map_err(|error| {
            let next = "Name the image under [image] in cluster.toml, or make the file writable.";
            problem("The image cannot be pinned in cluster.toml", error, next)
        })?;
        let (told, events) = mpsc::channel(CHANNEL);
        let attending = tokio::spawn(attend(events, teller.events.clone(), herald, watchers));
        let outcome = engine.execute(planned, journal, told, stop).await;
        if let Err(error) = attending.await {
            tracing::error!(%error, "the end of the run may not have been told");
        }
        let forced = engine.terraform.as_ref().map(|it| it.force.is_cancelled());
        if forced == Some(true) && outcome == Outcome::Interrupted {
            let Event { what, .. } = engine.left_behind().await;
            teller.tell(what).await;
        }
        Ok(match outcome {
            Outcome::Done => Came::Complete,
            Outcome::Failed => Came::Incomplete,
            Outcome::Interrupted => Came::Stopped,
        })
    }
}

fn refused(barred: &Barred) -> Problem {
    let next = barred.next("confirm the price");
    problem(&barred.to_string(), barred.evidence.join("\n"), &next)
}

fn log(said: &str) -> LogLine {
    LogLine {
        level: Level::Info,
        by: "provision".into(),
        text: Line::new(said),
    }
}

fn cannot_begin(error: BeginError) -> Problem {
    let next = match error {
        BeginError::Unrecovered(no_way) => return no_way.problem,
        BeginError::Lock(_) => "Wait until the other run has ended, then try again.",
        BeginError::State(_)
        | BeginError::Journal(_)
        | BeginError::Token(_)
        | BeginError::Repository(_)
        | BeginError::Render(_) => "Mend that, then try again.",
    };
    problem("The run cannot begin", &error, next)
}

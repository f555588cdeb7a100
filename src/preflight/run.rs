//! Runs the checks: all at once, each within its time, told in the order in which they end.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::Sender;
use tokio::task::{Id, JoinError, JoinSet};

use super::check::{Check, Finding};
use super::refusal;
use super::scene::Scene;
use crate::domain::event::{Event, What};
use crate::domain::preflight::{Checked, PreflightEvent, Verdict};

/// How a preflight ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many checks block.
    pub blocks: usize,
    /// How many warn.
    pub warns: usize,
    /// Whether something that was needed could not be reached, or gave no answer in time.
    pub unreached: bool,
}

/// A check that is out.
struct Out {
    id: Id,
    check: Check,
    began: Instant,
}

/// What a check came to, and whether that is for want of an answer.
struct Told {
    finding: Finding,
    unreached: bool,
}

/// Runs `checks` and tells each result; ends early when nobody listens any more.
pub async fn run(scene: &Arc<Scene>, checks: &[Check], events: &Sender<Event>) -> Ended {
    let mut ended = Ended::default();
    let listed = checks.iter().map(Check::listed).collect();
    if !tell(scene, events, PreflightEvent::Started { checks: listed }).await {
        return ended;
    }
    let mut tasks = JoinSet::new();
    let mut out: Vec<Out> = checks
        .iter()
        .map(|check| Out {
            id: tasks.spawn(look(Arc::clone(scene), *check)).id(),
            check: *check,
            began: scene.clock.instant(),
        })
        .collect();
    while let Some(joined) = tasks.join_next_with_id().await {
        let (id, told) = match joined {
            Ok((id, told)) => (id, Ok(told)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(place) = out.iter().position(|one| one.id == id) else {
            continue;
        };
        let one = out.swap_remove(place);
        let told = told.unwrap_or_else(|error| broken_down(&one.check, &error));
        ended.count(&told);
        let took = scene.clock.instant().duration_since(one.began);
        let checked = Checked {
            name: one.check.name.into(),
            verdict: told.finding.verdict,
            evidence: told.finding.evidence,
            next: told.finding.next,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        if !tell(scene, events, PreflightEvent::Checked(checked)).await {
            return ended;
        }
    }
    let finished = PreflightEvent::Finished {
        blocks: ended.blocks,
        warns: ended.warns,
    };
    tell(scene, events, finished).await;
    ended
}

impl Ended {
    fn count(&mut self, told: &Told) {
        match told.finding.verdict {
            Verdict::Blocks => self.blocks += 1,
            Verdict::Warns => self.warns += 1,
            Verdict::Skipped | Verdict::Passed | Verdict::Informs => {}
        }
        self.unreached |= told.unreached && told.finding.verdict == Verdict::Blocks;
    }
}

async fn look(scene: Arc<Scene>, check: Check) -> Told {
    let looked = async {
        match (check.run)(&scene).await {
            Ok(finding) => Told::found(finding),
            Err(obstacle) => Told {
                finding: refusal::told(&scene, check.unknown, &obstacle).await,
                unreached: obstacle.is_unreached(),
            },
        }
    };
    match scene.clock.timeout(check.limit, looked).await {
        Ok(told) => told,
        Err(_) => Told {
            finding: Finding::new(
                check.unknown,
                format!("no answer within {} s", check.limit.as_secs()),
            )
            .next("check the network, then check again"),
            unreached: true,
        },
    }
}

impl Told {
    fn found(finding: Finding) -> Self {
        Self {
            finding,
            unreached: false,
        }
    }
}

fn broken_down(check: &Check, error: &JoinError) -> Told {
    tracing::error!(check = check.name, %error, "a check broke down");
    let finding = Finding::new(check.unknown, "a mistake in k3scope: the check broke down");
    Told::found(finding.next("report this with the log"))
}

async fn tell(scene: &Scene, events: &Sender<Event>, event: PreflightEvent) -> bool {
    let event = Event {
        at: scene.clock.now(),
        what: What::Preflight(event),
    };
    events.send(event).await.is_ok()
}

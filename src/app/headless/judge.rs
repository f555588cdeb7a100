//! When a stage that failed has failed for good.
//!
//! A node's script is run again by systemd half a minute after it failed, and the second run often
//! finds what the first did not. So a failure of the script is told at once, but counts only when it
//! fails again, when nothing begins it anew, or when it was found to come from something that no
//! further run mends. Every other failure counts when it still stands after a moment. What has failed
//! and is tried again when the time is over has not failed for good: it is only named.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::domain::bootstrap::{Cause, Diagnosis, Progress, Stage, Subject};
use crate::domain::problem::Problem;
use crate::store::Store;
use crate::store::bootstrap::{Bootstrap, StageRun};

/// A failure must stand for so long: a late start reads old failures a moment before it reads that
/// they were mended.
const STANDS: Duration = Duration::from_secs(3);
/// systemd begins the script anew after 30 seconds; with this nobody does any more.
const BEGUN_ANEW_WITHIN: Duration = Duration::from_secs(45);

/// A stage that failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whose.
    pub of: Subject,
    /// Which.
    pub stage: Stage,
    /// What went wrong.
    pub problem: Problem,
    /// Why, as far as looking has told.
    pub diagnosis: Option<Diagnosis>,
}

/// What was seen of a stage that failed at least once and is not done.
#[derive(Debug)]
struct Failing {
    verdict: Verdict,
    /// When it ended the last time.
    ended: Option<Timestamp>,
    /// How often it was seen to end.
    times: u32,
    /// Since when nothing of it, and of what comes before it, is under way.
    idle: Instant,
}

/// Remembers failures.
#[derive(Debug)]
pub(super) struct Judge {
    clock: Clock,
    failing: BTreeMap<(Subject, Stage), Failing>,
}

impl Judge {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            failing: BTreeMap::new(),
        }
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// Looks at the stages as they are; the first that has failed for good.
    pub(super) fn look(&mut self, store: &Store) -> Option<Verdict> {
        self.look_at(store, self.clock.instant())
    }

    fn look_at(&mut self, store: &Store, now: Instant) -> Option<Verdict> {
        let bootstrap = store.bootstrap.as_ref()?;
        for (of, stages) in subjects(bootstrap) {
            let is_at_work = stages.iter().any(is_at_work);
            for run in stages {
                self.learn(&of, run, is_at_work, now);
            }
        }
        let begun_anew = self.clock.at_pace(BEGUN_ANEW_WITHIN).max(STANDS);
        let is_final = |failing: &&Failing| {
            let idle = now.duration_since(failing.idle);
            let lasts = failing.verdict.diagnosis.as_ref().is_some_and(lasts);
            let counts = !is_of_script(failing.verdict.stage) || failing.times > 1 || lasts;
            idle >= if counts { STANDS } else { begun_anew }
        };
        let found = self.failing.values().find(is_final);
        found.map(|failing| failing.verdict.clone())
    }

    /// A stage that has failed and has not come about since, for good or not.
    pub(super) fn unmended(&self) -> Option<Verdict> {
        let mut all = self.failing.values();
        all.next().map(|failing| failing.verdict.clone())
    }

    fn learn(&mut self, of: &Subject, run: &StageRun, is_at_work: bool, now: Instant) {
        let key = (of.clone(), run.stage);
        match &run.progress {
            Progress::Done => {
                self.failing.remove(&key);
            }
            Progress::Failed { problem } => {
                let failing = self.failing.entry(key).or_insert_with(|| Failing {
                    verdict: Verdict {
                        of: of.clone(),
                        stage: run.stage,
                        problem: problem.clone(),
                        diagnosis: None,
                    },
                    ended: None,
                    times: 0,
                    idle: now,
                });
                if failing.ended != run.ended {
                    failing.ended = run.ended;
                    failing.times += 1;
                    failing.idle = now;
                }
                failing.verdict.problem.clone_from(problem);
                failing.verdict.diagnosis.clone_from(&run.diagnosis);
                // An earlier stage that runs is the script's next run.
                if is_at_work && is_of_script(run.stage) {
                    failing.idle = now;
                }
            }
            Progress::Running { .. } | Progress::Waiting => {
                if let Some(failing) = self.failing.get_mut(&key) {
                    failing.idle = now;
                }
            }
        }
    }
}

fn subjects(bootstrap: &Bootstrap) -> impl Iterator<Item = (Subject, &[StageRun])> {
    let nodes = bootstrap.nodes.iter();
    let nodes = nodes.map(|node| (Subject::Node(node.node.name.clone()), &*node.stages));
    nodes.chain(std::iter::once((Subject::Cluster, &*bootstrap.cluster)))
}

/// Whether the node's script is the one that does it.
fn is_of_script(stage: Stage) -> bool {
    (Stage::Firewall..=Stage::K3s).contains(&stage)
}

fn is_at_work(run: &StageRun) -> bool {
    is_of_script(run.stage) && matches!(run.progress, Progress::Running { .. })
}

/// Whether what was found does not pass by itself.
fn lasts(diagnosis: &Diagnosis) -> bool {
    !matches!(
        diagnosis.cause,
        Cause::Slow | Cause::ServerDown | Cause::NoNames | Cause::OutOfMemory
    )
}

#[cfg(test)]
mod tests;

//! Which stages of nodes are open, and since when, as they were told: what there is to look into.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::bootstrap::{BootstrapEvent, Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::problem::Problem;

/// A stage that was told, and since when it is as it is.
#[derive(Clone, Debug)]
struct Known {
    progress: Progress,
    since: Timestamp,
}

/// All that was told.
#[derive(Clone, Debug, Default)]
pub(in crate::bootstrap) struct Standing {
    nodes: BTreeMap<Line, BTreeMap<Stage, Known>>,
    unwell_hosts: BTreeMap<Line, bool>,
}

/// What there is to look into.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Concern {
    pub(super) node: Line,
    pub(super) stage: Stage,
    pub(super) how: How,
}

/// Why it is a concern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum How {
    /// The stage failed.
    Failed(Problem),
    /// It takes longer than usual; what it waits for.
    Slow(Line),
    /// cloud-init has ended, and the script has told nothing yet.
    NeverBegan,
}

impl How {
    /// Whether it is the same concern, whatever is waited for by now.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed(one), Self::Failed(other)) => one == other,
            (Self::Slow(_), Self::Slow(_)) | (Self::NeverBegan, Self::NeverBegan) => true,
            _ => false,
        }
    }
}

impl Standing {
    /// Takes in what is told; whether a stage is another than before.
    pub(in crate::bootstrap) fn learn(&mut self, event: &BootstrapEvent, at: Timestamp) -> bool {
        match event {
            BootstrapEvent::Stage {
                of: Subject::Node(node),
                stage,
                progress,
                ..
            } => {
                let stages = self.nodes.entry(node.clone()).or_default();
                let before = stages.get(stage);
                if before.is_some_and(|known| known.progress == *progress) {
                    return false;
                }
                let is_running = |progress: &Progress| matches!(progress, Progress::Running { .. });
                let goes_on =
                    before.filter(|known| is_running(&known.progress) && is_running(progress));
                let since = goes_on.map_or(at, |known| known.since);
                let progress = progress.clone();
                stages.insert(*stage, Known { progress, since });
                true
            }
            BootstrapEvent::Host { host, well, .. } => {
                self.unwell_hosts.insert(host.clone(), !well);
                false
            }
            BootstrapEvent::Stage { .. }
            | BootstrapEvent::Started { .. }
            | BootstrapEvent::Diagnosed { .. }
            | BootstrapEvent::Rebooted { .. }
            | BootstrapEvent::Acted { .. }
            | BootstrapEvent::Log { .. }
            | BootstrapEvent::Finished { .. } => false,
        }
    }

    /// Whether a stage of a node is known to be done.
    pub(super) fn is_done(&self, node: &str, stage: Stage) -> bool {
        let known = self.nodes.iter().find(|(name, _)| **name == *node);
        known
            .and_then(|(_, stages)| stages.get(&stage))
            .is_some_and(|known| known.progress == Progress::Done)
    }

    /// Whether some host was asked and did not answer well.
    pub(super) fn has_unwell_host(&self) -> bool {
        self.unwell_hosts.values().any(|unwell| *unwell)
    }

    /// Stages that failed, or that take longer than `usual` says.
    pub(super) fn concerns(
        &self,
        now: Timestamp,
        usual: impl Fn(Stage) -> Duration,
    ) -> Vec<Concern> {
        let mut concerns = Vec::new();
        for (node, stages) in &self.nodes {
            let concern = |stage, how| Concern {
                node: node.clone(),
                stage,
                how,
            };
            let lasts = |known: &Known| {
                Duration::try_from(now.duration_since(known.since)).unwrap_or_default()
            };
            for (stage, known) in stages {
                match &known.progress {
                    Progress::Failed { problem } => {
                        concerns.push(concern(*stage, How::Failed(problem.clone())));
                    }
                    Progress::Running { waits_for } if lasts(known) > usual(*stage) => {
                        concerns.push(concern(*stage, How::Slow(waits_for.clone())));
                    }
                    Progress::Running { .. } | Progress::Waiting | Progress::Done => {}
                }
            }
            let has_begun = stages.iter().any(|(stage, known)| {
                (Stage::Firewall..=Stage::K3s).contains(stage)
                    && known.progress != Progress::Waiting
            });
            let ended = stages.get(&Stage::CloudInit).filter(|known| {
                known.progress == Progress::Done && lasts(known) > usual(Stage::Firewall)
            });
            if ended.is_some() && !has_begun {
                concerns.push(concern(Stage::Firewall, How::NeverBegan));
            }
        }
        concerns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn told(standing: &mut Standing, stage: Stage, progress: Progress, seconds: i64) {
        let event = BootstrapEvent::Stage {
            of: Subject::Node("k3s-worker".into()),
            stage,
            progress,
            took: None,
        };
        standing.learn(&event, at(seconds));
    }

    fn waits(what: &str) -> Progress {
        Progress::Running {
            waits_for: what.into(),
        }
    }

    fn concerns(standing: &Standing, seconds: i64) -> Vec<(Stage, bool)> {
        let usual = |_| Duration::from_secs(20);
        let found = standing.concerns(at(seconds), usual);
        let told = |it: Concern| (it.stage, matches!(it.how, How::Failed(_)));
        found.into_iter().map(told).collect()
    }

    #[test]
    fn what_takes_longer_than_usual_is_a_concern_until_it_is_done() {
        let mut standing = Standing::default();
        told(&mut standing, Stage::Route, waits("a"), 0);
        told(&mut standing, Stage::Route, waits("b"), 15);
        assert_eq!(concerns(&standing, 20), []);
        assert_eq!(concerns(&standing, 21), [(Stage::Route, false)]);
        told(&mut standing, Stage::Route, Progress::Done, 30);
        assert_eq!(concerns(&standing, 90), []);
        assert!(standing.is_done("k3s-worker", Stage::Route));
    }

    #[test]
    fn what_failed_is_one_at_once() {
        let mut standing = Standing::default();
        let problem = Problem {
            title: "It failed".to_owned(),
            detail: String::new(),
            next: String::new(),
            request_id: None,
        };
        told(&mut standing, Stage::K3s, Progress::Failed { problem }, 0);
        assert_eq!(concerns(&standing, 0), [(Stage::K3s, true)]);
    }

    #[test]
    fn a_script_that_never_began_is_one() {
        let mut standing = Standing::default();
        told(&mut standing, Stage::CloudInit, Progress::Done, 0);
        assert_eq!(concerns(&standing, 10), []);
        assert_eq!(concerns(&standing, 21), [(Stage::Firewall, false)]);
        told(&mut standing, Stage::Download, waits("x"), 22);
        assert_eq!(concerns(&standing, 23), []);
    }
}

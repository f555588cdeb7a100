//! What the stages come to: healthy, failed, or what everything waits for.

use crate::domain::bootstrap::{Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::problem::Problem;

use super::run::{Bootstrap, NodeRun, StageRun};

/// A stage that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<'a> {
    /// Whose.
    pub of: Subject,
    /// Which.
    pub stage: Stage,
    /// What went wrong, and what to do.
    pub problem: &'a Problem,
}

impl Bootstrap {
    /// Whether every node is Ready and every stage of the cluster is done.
    pub fn healthy(&self) -> bool {
        !self.nodes.is_empty()
            && self.nodes.iter().all(NodeRun::is_ready)
            && self.cluster.iter().all(StageRun::is_done)
    }

    /// The first stage that failed, node by node and then the cluster.
    pub fn failed(&self) -> Option<Failure<'_>> {
        let of_nodes = self
            .nodes
            .iter()
            .map(|node| (Subject::Node(node.node.name.clone()), &node.stages));
        of_nodes
            .chain(std::iter::once((Subject::Cluster, &self.cluster)))
            .find_map(|(of, stages)| {
                stages.iter().find_map(|each| match &each.progress {
                    Progress::Failed { problem } => Some(Failure {
                        of: of.clone(),
                        stage: each.stage,
                        problem,
                    }),
                    Progress::Waiting | Progress::Running { .. } | Progress::Done => None,
                })
            })
    }

    /// The critical path in one sentence; nothing when the cluster is healthy.
    pub fn waiting_for(&self) -> Option<Line> {
        if self.healthy() {
            return None;
        }
        if let Some(failure) = self.failed() {
            return Some(Line::new(&failure.problem.title));
        }
        match self.behind() {
            Some(node) => {
                let words: Vec<String> = self
                    .chain(node)
                    .iter()
                    .map(|link| spoken(link.who(), link.stage))
                    .collect();
                Some(Line::new(&words.join(" ◂ ")))
            }
            None => self
                .cluster
                .iter()
                .find(|each| !each.is_done())
                .map(|each| Line::new(&spoken("the cluster", each))),
        }
    }
}

fn spoken(who: &str, stage: &StageRun) -> String {
    let label = stage.stage.label();
    match &stage.progress {
        Progress::Running { waits_for } if !waits_for.is_empty() => {
            format!("{who}: {label}, waits for {waits_for}")
        }
        Progress::Failed { problem } => format!("{who}: {label} failed: {}", problem.title),
        Progress::Waiting | Progress::Running { .. } | Progress::Done => {
            format!("{who}: {label}")
        }
    }
}

//! What the stages come to: healthy, failed, or what everything waits for.

use crate::domain::bootstrap::{Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::topology::Role;

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

impl NodeRun {
    /// The stage that it is at. Logging in and cloud-init go on beside the node's own way up, so
    /// they count only while nothing else is under way.
    pub fn current(&self) -> Option<&StageRun> {
        let beside = |stage| matches!(stage, Stage::HostKeys | Stage::Login | Stage::CloudInit);
        let open = || self.stages.iter().filter(|each| each.is_open());
        open()
            .find(|each| !beside(each.stage))
            .or_else(|| open().next())
            .or_else(|| self.stages.iter().find(|each| !each.is_done()))
    }
}

impl Bootstrap {
    /// Whether every node is Ready and every stage of the cluster is done.
    pub fn healthy(&self) -> bool {
        let is_ready = |node: &NodeRun| node.stage(Stage::Ready).is_some_and(StageRun::is_done);
        !self.nodes.is_empty()
            && self.nodes.iter().all(is_ready)
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

    /// The node that this node waits for, and the stage of it: private nodes leave through the
    /// ingress node's NAT, agents join the server's K3s.
    pub fn blocker(&self, node: &NodeRun) -> Option<(&NodeRun, Stage)> {
        const WAITS: [(Stage, Role, Stage); 2] = [
            (Stage::Route, Role::Ingress, Stage::Nat),
            (Stage::ApiServer, Role::Server, Stage::K3s),
        ];
        let at = node.current()?.stage;
        let (_, role, stage) = WAITS.into_iter().find(|(waiting, ..)| *waiting == at)?;
        let blocker = self.nodes.iter().find(|each| each.node.role == role)?;
        let is_done = blocker.stage(stage).is_some_and(StageRun::is_done);
        (!is_done && blocker.node != node.node).then_some((blocker, stage))
    }

    /// The critical path in one sentence; nothing when the cluster is healthy.
    pub fn waiting_for(&self) -> Option<Line> {
        if self.healthy() {
            return None;
        }
        if let Some(failure) = self.failed() {
            return Some(Line::new(&failure.problem.title));
        }
        let is_behind = |node: &&NodeRun| !node.stage(Stage::Ready).is_some_and(StageRun::is_done);
        let has_api = self
            .cluster
            .iter()
            .any(|each| each.stage == Stage::Api && each.is_done());
        // Until the API answers, everything hangs on the server.
        let server = self
            .nodes
            .iter()
            .filter(is_behind)
            .find(|node| node.node.role == Role::Server && !has_api);
        let behind = server.or_else(|| self.nodes.iter().find(is_behind));
        match behind {
            Some(node) => Some(Line::new(&self.chain(node))),
            None => self
                .cluster
                .iter()
                .find(|each| !each.is_done())
                .map(|each| Line::new(&spoken("the cluster", each))),
        }
    }

    fn chain(&self, from: &NodeRun) -> String {
        let mut words = Vec::new();
        let mut at = from;
        // A node waits for at most one other, and there are no more links than nodes.
        for _ in 0..self.nodes.len() {
            let Some(stage) = at.current() else { break };
            words.push(spoken(&at.node.name, stage));
            match self.blocker(at) {
                Some((next, _)) => at = next,
                None => break,
            }
        }
        words.join(" ◂ ")
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

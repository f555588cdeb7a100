//! The critical path: who waits for whom, what everything waits for in the end, and how long all of
//! it usually still takes. It asks no clock: the caller says when it is.

use jiff::Timestamp;

use crate::domain::bootstrap::{Pace, Progress, Stage};
use crate::domain::topology::Role;

use super::run::{Bootstrap, NodeRun, StageRun};

/// Who is waited for across nodes: private nodes leave through the ingress node's NAT, agents join
/// the server's K3s.
const WAITS: [(Stage, Role, Stage); 2] = [
    (Stage::Route, Role::Ingress, Stage::Nat),
    (Stage::ApiServer, Role::Server, Stage::K3s),
];

/// Logging in and cloud-init go on beside the node's own way up.
fn is_beside(stage: Stage) -> bool {
    matches!(stage, Stage::HostKeys | Stage::Login | Stage::CloudInit)
}

/// One who waits, or who is waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link<'a> {
    /// The node; nothing where it is the cluster as a whole.
    pub node: Option<&'a NodeRun>,
    /// The stage that it is at.
    pub stage: &'a StageRun,
    /// Whether what it waits for is the link before it.
    pub held: bool,
}

impl<'a> Link<'a> {
    /// The node's name, or `cluster`.
    pub fn who(&self) -> &'a str {
        self.node.map_or("cluster", |node| &node.node.name)
    }
}

/// A node that waits for another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossWait<'a> {
    /// Who waits.
    pub node: &'a NodeRun,
    /// The stage that it is at.
    pub stage: &'a StageRun,
    /// For whom.
    pub on: &'a NodeRun,
    /// Until that one's stage is done.
    pub until: Stage,
}

impl NodeRun {
    /// The stage that it is at. What goes on beside its way up counts only while nothing else is
    /// under way.
    pub fn current(&self) -> Option<&StageRun> {
        let open = || self.stages.iter().filter(|each| each.is_open());
        open()
            .find(|each| !is_beside(each.stage))
            .or_else(|| open().next())
            .or_else(|| self.stages.iter().find(|each| !each.is_done()))
    }

    /// Whether Kubernetes said that it is Ready.
    pub fn is_ready(&self) -> bool {
        self.stage(Stage::Ready).is_some_and(StageRun::is_done)
    }
}

impl Bootstrap {
    /// The node that `node` must wait for in `stage`, and the stage of it, while that is not done.
    fn awaited(&self, node: &NodeRun, stage: Stage) -> Option<(&NodeRun, Stage)> {
        let (_, role, until) = WAITS.into_iter().find(|(waiting, ..)| *waiting == stage)?;
        let blocker = self.nodes.iter().find(|each| each.node.role == role)?;
        let is_done = blocker.stage(until).is_some_and(StageRun::is_done);
        (!is_done && blocker.node != node.node).then_some((blocker, until))
    }

    /// The node that this node waits for now, and the stage of it.
    pub fn blocker(&self, node: &NodeRun) -> Option<(&NodeRun, Stage)> {
        self.awaited(node, node.current()?.stage)
    }

    /// Every node that waits for another.
    pub fn cross_waits(&self) -> impl Iterator<Item = CrossWait<'_>> {
        self.nodes.iter().filter_map(|node| {
            let stage = node.current().filter(|stage| stage.is_open())?;
            let (on, until) = self.blocker(node)?;
            Some(CrossWait {
                node,
                stage,
                on,
                until,
            })
        })
    }

    /// The node that everything hangs on among those that are not Ready: the server until the API
    /// answers, then the first.
    pub(super) fn behind(&self) -> Option<&NodeRun> {
        let is_behind = |node: &&NodeRun| !node.is_ready();
        let has_api = self
            .cluster
            .iter()
            .any(|each| each.stage == Stage::Api && each.is_done());
        self.nodes
            .iter()
            .filter(is_behind)
            .find(|node| node.node.role == Role::Server && !has_api)
            .or_else(|| self.nodes.iter().find(is_behind))
    }

    /// A node and those that it waits for, one after the other.
    pub(super) fn chain<'a>(&'a self, from: &'a NodeRun) -> Vec<Link<'a>> {
        let mut links = Vec::new();
        let mut at = from;
        // A node waits for at most one other, and there are no more links than nodes.
        for _ in 0..self.nodes.len() {
            let Some(stage) = at.current() else { break };
            let blocker = self.blocker(at);
            links.push(Link {
                node: Some(at),
                stage,
                held: blocker.is_some(),
            });
            match blocker {
                Some((next, _)) => at = next,
                None => break,
            }
        }
        links
    }

    /// From what everything waits for now to what comes then; empty when all is done.
    pub fn critical_path(&self) -> Vec<Link<'_>> {
        let mut links = self.behind().map_or_else(Vec::new, |node| self.chain(node));
        links.reverse();
        if let Some(stage) = self.cluster.iter().find(|stage| !stage.is_done()) {
            let held = !links.is_empty() && stage.progress == Progress::Waiting;
            links.push(Link {
                node: None,
                stage,
                held,
            });
        }
        links
    }

    /// How many seconds it is until everything is done, if each stage takes as long as it usually
    /// does; nothing where one has failed or takes so long that its end cannot be told.
    pub fn rest(&self, now: Timestamp) -> Option<u64> {
        let path = self.critical_path();
        if path.is_empty() || path.iter().any(|link| self.is_endless(link, now)) {
            return None;
        }
        let server = self
            .nodes
            .iter()
            .find(|node| node.node.role == Role::Server);
        let mut at = server.map_or(0, |node| self.until(node, Stage::K3s, now));
        // Applications bring their certificates and records; all three converge side by side.
        let mut converging = 0;
        for stage in &self.cluster {
            let left = self.left(stage, now);
            let converges = matches!(
                stage.stage,
                Stage::Applications | Stage::Certificates | Stage::Records
            );
            if converges {
                converging = left.max(converging);
            } else {
                at += std::mem::take(&mut converging) + left;
            }
        }
        let nodes = self
            .nodes
            .iter()
            .map(|node| self.until(node, Stage::Ready, now));
        Some(nodes.fold(at + converging, u64::max))
    }

    fn is_endless(&self, link: &Link<'_>, now: Timestamp) -> bool {
        match (&link.stage.progress, link.stage.seconds(now)) {
            (Progress::Failed { .. }, _) => true,
            (Progress::Running { .. }, Some(seconds)) if !link.held => {
                self.usual.pace(link.stage.stage, seconds) == Pace::Stuck
            }
            _ => false,
        }
    }

    /// What is left of one stage by its usual length.
    pub fn left(&self, stage: &StageRun, now: Timestamp) -> u64 {
        let usual = self.usual.seconds(stage.stage);
        match stage.progress {
            Progress::Done => 0,
            Progress::Waiting => usual,
            Progress::Running { .. } | Progress::Failed { .. } => {
                usual.saturating_sub(stage.seconds(now).unwrap_or(0))
            }
        }
    }

    /// How long a node takes until its stage `last` is done, those included that it waits for.
    fn until(&self, node: &NodeRun, last: Stage, now: Timestamp) -> u64 {
        let way = node
            .stages
            .iter()
            .filter(|each| each.stage <= last && !is_beside(each.stage) && !each.is_done());
        way.fold(0, |at, each| match self.awaited(node, each.stage) {
            // Its usual length is mostly the wait for the other.
            Some((blocker, stage)) => at.max(self.until(blocker, stage, now)),
            None => at + self.left(each, now),
        })
    }
}

#[cfg(test)]
mod tests;

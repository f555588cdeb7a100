//! The stages and how far they are.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::bootstrap::{BootstrapEvent, Followed, LogOrigin, Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::store::Store;

/// Lines that are kept of a node's log.
const KEPT: usize = 5_000;

/// One stage and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRun {
    /// Which.
    pub stage: Stage,
    /// How far.
    pub progress: Progress,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended, either way.
    pub ended: Option<Timestamp>,
}

/// A line of a node's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// When it was read.
    pub at: Timestamp,
    /// Where it stood.
    pub origin: LogOrigin,
    /// The line.
    pub text: Line,
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRun {
    /// Which.
    pub node: Followed,
    /// Its stages, in order.
    pub stages: Vec<StageRun>,
    /// The newest lines of its log, oldest first.
    pub log: VecDeque<LogEntry>,
    /// Lines that were read in all, those forgotten included.
    pub read: u64,
}

/// What a host answered last.
#[derive(Clone, Debug, PartialEq)]
pub struct HostRun {
    /// Which.
    pub host: Line,
    /// Whether it answered 200 over verified TLS; nothing yet where nobody asked.
    pub well: Option<bool>,
    /// The answer, or what is in its way.
    pub answer: Line,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// When following began.
    pub started: Timestamp,
    /// The nodes.
    pub nodes: Vec<NodeRun>,
    /// The stages of the cluster, in order.
    pub cluster: Vec<StageRun>,
    /// The hosts that must answer.
    pub hosts: Vec<HostRun>,
    /// Whether it is healthy, once following has ended.
    pub finished: Option<bool>,
}

fn stages(of: impl IntoIterator<Item = Stage>) -> Vec<StageRun> {
    let waiting = |stage| StageRun {
        stage,
        progress: Progress::Waiting,
        started: None,
        ended: None,
    };
    of.into_iter().map(waiting).collect()
}

impl StageRun {
    /// Whether it is done.
    pub fn is_done(&self) -> bool {
        self.progress == Progress::Done
    }

    /// Whether it is under way or has failed: its turn has come and it is not done.
    pub fn is_open(&self) -> bool {
        matches!(
            self.progress,
            Progress::Running { .. } | Progress::Failed { .. }
        )
    }

    fn set(&mut self, progress: Progress, at: Timestamp) {
        if self.progress == progress {
            return;
        }
        match progress {
            // What was done and is begun anew is timed anew.
            Progress::Running { .. } if self.is_done() => {
                self.started = Some(at);
                self.ended = None;
            }
            Progress::Running { .. } => {
                self.started.get_or_insert(at);
                self.ended = None;
            }
            Progress::Waiting => self.ended = None,
            Progress::Done | Progress::Failed { .. } => {
                self.started.get_or_insert(at);
                self.ended = Some(at);
            }
        }
        self.progress = progress;
    }
}

/// Whether `later` cannot have been done without `earlier`.
///
/// Logging in is our own way to look and not the node's way up: a node whose SSH is dead, seen
/// through its console only, still comes up. cloud-init starts the script and does not wait for it.
fn proves(later: Stage, earlier: Stage) -> bool {
    let beside = |stage| matches!(stage, Stage::HostKeys | Stage::Login | Stage::CloudInit);
    if later == Stage::CloudInit {
        matches!(earlier, Stage::Instance | Stage::Console)
    } else {
        earlier < later && (later == Stage::Login || !beside(earlier))
    }
}

/// Sets one stage of `stages`; where it is done, so are those that it proves.
pub(super) fn advance(stages: &mut [StageRun], stage: Stage, progress: &Progress, at: Timestamp) {
    if !stages.iter().any(|each| each.stage == stage) {
        return;
    }
    let done = *progress == Progress::Done;
    for each in stages.iter_mut() {
        if each.stage == stage {
            each.set(progress.clone(), at);
        } else if done && proves(stage, each.stage) {
            each.set(Progress::Done, at);
        }
    }
}

impl Bootstrap {
    fn new((nodes, delivers): (Vec<Followed>, bool), hosts: Vec<Line>, at: Timestamp) -> Self {
        let node = |node: Followed| NodeRun {
            stages: stages(Stage::of_node(node.role)),
            node,
            log: VecDeque::new(),
            read: 0,
        };
        let host = |host| HostRun {
            host,
            well: None,
            answer: Line::default(),
        };
        Self {
            started: at,
            nodes: nodes.into_iter().map(node).collect(),
            cluster: stages(
                Stage::of_cluster(delivers, !hosts.is_empty())
                    .iter()
                    .copied(),
            ),
            hosts: hosts.into_iter().map(host).collect(),
            finished: None,
        }
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&NodeRun> {
        self.nodes.iter().find(|each| each.node.name == *name)
    }

    fn of(&mut self, subject: &Subject) -> Option<&mut Vec<StageRun>> {
        match subject {
            Subject::Cluster => Some(&mut self.cluster),
            Subject::Node(name) => self
                .nodes
                .iter_mut()
                .find(|each| each.node.name == *name)
                .map(|each| &mut each.stages),
        }
    }

    fn learn(&mut self, event: BootstrapEvent, at: Timestamp) {
        match event {
            BootstrapEvent::Started { .. } => {}
            BootstrapEvent::Stage {
                of,
                stage,
                progress,
            } => {
                if let Some(stages) = self.of(&of) {
                    advance(stages, stage, &progress, at);
                }
            }
            BootstrapEvent::Log {
                node,
                origin,
                lines,
            } => {
                let found = self.nodes.iter_mut().find(|each| each.node.name == node);
                if let Some(found) = found {
                    found.keep(origin, lines, at);
                }
            }
            BootstrapEvent::Host { host, well, answer } => {
                if let Some(found) = self.hosts.iter_mut().find(|each| each.host == host) {
                    found.well = Some(well);
                    found.answer = answer;
                }
            }
            BootstrapEvent::Finished { healthy } => self.finished = Some(healthy),
        }
    }
}

impl NodeRun {
    /// The stage of this name.
    pub fn stage(&self, stage: Stage) -> Option<&StageRun> {
        self.stages.iter().find(|each| each.stage == stage)
    }

    fn keep(&mut self, origin: LogOrigin, lines: Vec<Line>, at: Timestamp) {
        for text in lines {
            if self.log.len() == KEPT {
                self.log.pop_front();
            }
            self.log.push_back(LogEntry { at, origin, text });
            self.read += 1;
        }
    }
}

pub(in crate::store) fn fold(store: &mut Store, event: BootstrapEvent, at: Timestamp) {
    match (event, &mut store.bootstrap) {
        (
            BootstrapEvent::Started {
                nodes,
                delivers,
                hosts,
            },
            slot,
        ) => {
            *slot = Some(Bootstrap::new((nodes, delivers), hosts, at));
        }
        (event, Some(bootstrap)) => bootstrap.learn(event, at),
        (_, None) => {}
    }
}

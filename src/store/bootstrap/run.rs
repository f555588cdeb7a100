//! The stages and how far they are.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::bootstrap::{
    BootstrapEvent, Diagnosis, Followed, Goal, LogOrigin, NodeAct, Outcome, Progress, Stage,
    Subject, Usual,
};
use crate::domain::line::Line;
use crate::store::Store;

use super::turn;

/// Lines that are kept of a node's log.
const KEPT: usize = 5_000;
/// Acts that are remembered.
const ACTS: usize = 20;

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
    /// How often it was begun anew after it had been done.
    pub again: u32,
    /// How many seconds it took by the node's own clock, where that is known.
    pub took: Option<u64>,
    /// Why it fails or does not end, as far as looking has told.
    pub diagnosis: Option<Diagnosis>,
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
    /// How often it was seen to go down and come up again.
    pub reboots: u32,
}

/// Something that a person asked to be done about a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// What.
    pub act: NodeAct,
    /// How far it is.
    pub outcome: Outcome,
    /// When that was told.
    pub at: Timestamp,
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
    /// How long stages took before.
    pub usual: Usual,
    /// What was asked to be done about nodes, oldest first; the last of each node's kind counts.
    pub acted: VecDeque<Acted>,
    /// Whether it is healthy, once following has ended.
    pub finished: Option<bool>,
}

fn stages(of: impl IntoIterator<Item = Stage>) -> Vec<StageRun> {
    let waiting = |stage| StageRun {
        stage,
        progress: Progress::Waiting,
        started: None,
        ended: None,
        again: 0,
        took: None,
        diagnosis: None,
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

    /// How many seconds it has taken by now: by the node's own clock where that is known, otherwise
    /// as it was seen. What was seen only when it was over tells nothing.
    pub fn seconds(&self, now: Timestamp) -> Option<u64> {
        let seen = || {
            let started = self
                .started
                .filter(|started| self.ended.is_none_or(|ended| ended > *started))?;
            let length = self.ended.unwrap_or(now).duration_since(started);
            u64::try_from(length.as_secs()).ok()
        };
        self.took.filter(|_| self.is_done()).or_else(seen)
    }

    /// The stage and its length, where it was seen to begin and to end.
    fn length(&self) -> Option<(Stage, u64)> {
        let ended = self.ended.filter(|_| self.is_done())?;
        self.started.filter(|started| *started < ended)?;
        self.seconds(ended).map(|seconds| (self.stage, seconds))
    }

    pub(super) fn set(&mut self, progress: Progress, at: Timestamp) {
        if self.progress == progress {
            return;
        }
        if matches!(progress, Progress::Done | Progress::Waiting) {
            self.diagnosis = None;
        }
        self.took = None;
        let was_done = self.is_done();
        match progress {
            // What was done and is begun anew is timed anew.
            Progress::Running { .. } if was_done => {
                self.started = Some(at);
                self.ended = None;
                self.again += 1;
            }
            Progress::Running { .. } => {
                self.started.get_or_insert(at);
                self.ended = None;
            }
            Progress::Waiting => {
                self.ended = None;
                self.again = 0;
            }
            Progress::Failed { .. } if was_done => {
                self.started = Some(at);
                self.ended = Some(at);
                self.again += 1;
            }
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
/// through its console only, still comes up. cloud-init starts the script and does not wait for it. A
/// cluster whose Secret is not placed may serve all the same, by another's or by an older one.
fn proves(later: Stage, earlier: Stage) -> bool {
    let beside = |stage| {
        matches!(
            stage,
            Stage::HostKeys | Stage::Login | Stage::CloudInit | Stage::Secrets
        )
    };
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
    fn new(nodes: Vec<Followed>, goal: Goal, hosts: Vec<Line>, at: Timestamp) -> Self {
        let node = |node: Followed| NodeRun {
            stages: stages(Stage::of_node(node.role)),
            node,
            log: VecDeque::new(),
            read: 0,
            reboots: 0,
        };
        let host = |host| HostRun {
            host,
            well: None,
            answer: Line::default(),
        };
        Self {
            started: at,
            nodes: nodes.into_iter().map(node).collect(),
            cluster: stages(Stage::of_cluster(goal)),
            hosts: hosts.into_iter().map(host).collect(),
            usual: Usual::default(),
            acted: VecDeque::new(),
            finished: None,
        }
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&NodeRun> {
        self.nodes.iter().find(|each| each.node.name == *name)
    }

    /// How long the stages took that were seen to begin and to end since following began, in seconds.
    /// What was over before anybody looked is not among them: it was told of by then. Of a node whose
    /// instance was seen to start, what its own clock tells counts as well.
    pub fn lengths(&self) -> impl Iterator<Item = (Stage, u64)> {
        let nodes = self.nodes.iter().flat_map(|node| {
            let first = node.stages.first().and_then(StageRun::length);
            let told = move |each: &StageRun| Some((each.stage, each.took?));
            node.stages
                .iter()
                .filter_map(move |each| each.length().or_else(|| first.and_then(|_| told(each))))
        });
        nodes.chain(self.cluster.iter().filter_map(StageRun::length))
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

    fn stage(&mut self, of: &Subject, stage: Stage) -> Option<&mut StageRun> {
        self.of(of)?.iter_mut().find(|each| each.stage == stage)
    }

    fn learn(&mut self, event: BootstrapEvent, at: Timestamp) {
        match event {
            BootstrapEvent::Started { .. } => {}
            BootstrapEvent::Stage {
                of,
                stage,
                progress,
                took,
            } => {
                let early = turn::early(&self.cluster);
                if let Some(stages) = self.of(&of) {
                    advance(stages, stage, &progress, at);
                }
                turn::begin_anew(&mut self.cluster, &early, at);
                // What is told again of a stage that is done does not take its length away.
                if let Some(run) = self.stage(&of, stage).filter(|_| took.is_some()) {
                    run.took = took;
                }
            }
            BootstrapEvent::Diagnosed {
                of,
                stage,
                diagnosis,
            } => {
                let run = self.stage(&of, stage);
                if let Some(run) = run.filter(|run| diagnosis.is_none() || !run.is_done()) {
                    run.diagnosis = diagnosis;
                }
            }
            BootstrapEvent::Rebooted { node } => {
                let found = self.nodes.iter_mut().find(|each| each.node.name == node);
                if let Some(found) = found {
                    found.reboots += 1;
                }
            }
            BootstrapEvent::Acted { act, outcome } => {
                self.acted.retain(|each| each.act != act);
                self.acted.push_back(Acted { act, outcome, at });
                let surplus = self.acted.len().saturating_sub(ACTS);
                self.acted.drain(..surplus);
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
                places,
                usual,
            },
            slot,
        ) => {
            let goal = Goal {
                delivers,
                named: !hosts.is_empty(),
                places,
            };
            let begun = Bootstrap::new(nodes, goal, hosts, at);
            *slot = Some(Bootstrap { usual, ..begun });
        }
        (event, Some(bootstrap)) => bootstrap.learn(event, at),
        (_, None) => {}
    }
}

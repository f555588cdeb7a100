//! A pod, in the words of `kubectl get pods`.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Labels, Object, ObjectRef, Owner};
use super::quantity::{Bytes, Millicores};

/// How a container ended last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Termination {
    /// `Error`, `OOMKilled`, `Completed`, …
    pub reason: Line,
    /// The process's exit status.
    pub exit_code: i32,
    /// What it left in its termination message.
    pub message: Line,
    /// When.
    pub at: Option<Timestamp>,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Container {
    /// Its name.
    pub name: Line,
    /// Its image.
    pub image: Line,
    /// Whether it takes requests.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: u32,
    /// `Running`, or why it waits or ended.
    pub state: Line,
    /// The kubelet's sentence for that.
    pub message: Line,
    /// How it ended last.
    pub last: Option<Termination>,
    /// What is kept free for it on its node.
    #[serde(default)]
    pub requests: Requests,
    /// The TCP ports that it says it listens on; it may listen on others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
}

/// A port that a container says it listens on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Port {
    /// Its name; empty where it has none.
    pub name: Line,
    /// Its number.
    pub number: u16,
}

/// What is kept free for a container, or for several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// Processors.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
}

impl std::iter::Sum for Requests {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), |sum, one| Self {
            cpu: Millicores(sum.cpu.0.saturating_add(one.cpu.0)),
            memory: Bytes(sum.memory.0.saturating_add(one.memory.0)),
        })
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pod {
    /// Its name.
    pub id: ObjectRef,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What kubectl prints under STATUS: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, …
    pub status: Line,
    /// The sentence behind the status, where there is one.
    pub message: Line,
    /// Containers that take requests.
    pub ready: u32,
    /// Containers, sidecars included.
    pub containers: Vec<Container>,
    /// Containers that run before the others.
    pub init_containers: Vec<Container>,
    /// Starts after the first, over all containers.
    pub restarts: u32,
    /// When the last of them was.
    pub last_restart: Option<Timestamp>,
    /// Where it runs; empty while it has no place.
    pub node: Line,
    /// Its address in the cluster.
    pub ip: Line,
    /// What made it.
    pub owner: Option<Owner>,
    /// Since when it is ready or not ready.
    pub since: Option<Timestamp>,
    /// The Gateway whose proxy it is, by Envoy Gateway's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<ObjectRef>,
    /// Ports of its node that it takes for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_ports: Vec<u16>,
    /// Labels that its node has to have.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub node_selector: Labels,
}

const STARTING: SignedDuration = SignedDuration::from_mins(2);

impl Pod {
    /// Containers that have to be ready.
    pub fn total(&self) -> usize {
        self.containers.len()
    }

    /// What is kept free for it on its node, while it has not ended.
    pub fn requests(&self) -> Requests {
        if self.is_completed() || self.status == "Failed" {
            return Requests::default();
        }
        self.containers.iter().map(|it| it.requests).sum()
    }

    /// Whether it ended as it should.
    pub fn is_completed(&self) -> bool {
        matches!(self.status.as_str(), "Completed" | "Succeeded")
    }

    /// The youngest end of one of its containers.
    pub fn last_termination(&self) -> Option<&Termination> {
        self.containers
            .iter()
            .chain(&self.init_containers)
            .filter_map(|container| container.last.as_ref())
            .max_by_key(|last| last.at)
    }

    fn why(&self) -> String {
        let last = self
            .last_termination()
            .filter(|_| self.status.ends_with("CrashLoopBackOff"));
        match (last, self.message.as_str()) {
            (Some(last), _) => {
                format!("{}: last {} ({})", self.status, last.reason, last.exit_code)
            }
            (None, "") => self.status.to_string(),
            (None, message) => format!("{}: {message}", self.status),
        }
    }
}

/// Whether a status word says that it will not get better by waiting.
fn is_failure(status: &str) -> bool {
    const FAILURES: &[&str] = &[
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "InvalidImageName",
        "OOMKilled",
        "Evicted",
        "Failed",
    ];
    FAILURES.iter().any(|failure| status.ends_with(failure)) || status.contains("Err")
}

impl Object for Pod {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let since = self.since.or(self.created);
        if self.is_completed() {
            return None;
        }
        if is_failure(&self.status) {
            return Some(Ailment::critical(self.why(), since));
        }
        if self.status != "Running" {
            return Some(Ailment::warning(self.why(), since).after(STARTING));
        }
        let missing = self.total() > usize::try_from(self.ready).unwrap_or(usize::MAX);
        missing.then(|| {
            let why = format!("not ready: {} of {} containers", self.ready, self.total());
            Ailment::warning(why, since).after(STARTING)
        })
    }
}

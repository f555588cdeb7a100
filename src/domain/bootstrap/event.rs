//! What is told while nodes come up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Diagnosis, NodeAct, Stage, Usual};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::topology::Role;

/// How far a stage is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Progress {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// It is under way; what it waits for, where it says so.
    Running {
        /// In a few words, such as `route to 10.0.2.10:6443`.
        waits_for: Line,
    },
    /// Done.
    Done,
    /// It failed: the command, its last lines, what it means and what to do.
    Failed {
        /// All of that.
        problem: Problem,
    },
}

/// Whose stage it is.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The cluster as a whole.
    Cluster,
    /// The node of this name.
    Node(Line),
}

/// A node that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Followed {
    /// Its name.
    pub name: Line,
    /// What it does.
    pub role: Role,
}

/// Where a line of a node's log stood.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LogOrigin {
    /// On the serial console.
    Console,
    /// In `/var/log/cloud-init-output.log`.
    CloudInit,
    /// In `/var/log/k3scope-bootstrap.log`.
    Script,
}

/// How far an act on a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It has begun.
    Begun,
    /// It is done; what came of it, in a few words.
    Done {
        /// Such as `saved to /home/you/k3s-worker.log`.
        said: Line,
    },
    /// It could not be done.
    Failed {
        /// What went wrong.
        problem: Problem,
    },
}

/// One thing that was learnt while following the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BootstrapEvent {
    /// Following begins.
    Started {
        /// Whom.
        nodes: Vec<Followed>,
        /// Whether a Git repository delivers the cluster's content.
        delivers: bool,
        /// The hosts that must answer in the end; none without a domain.
        hosts: Vec<Line>,
        /// Whether Secrets are placed by the Kubernetes API.
        #[serde(default)]
        places: bool,
        /// How long stages took before.
        #[serde(default)]
        usual: Usual,
    },
    /// A stage is further than before.
    Stage {
        /// Whose.
        of: Subject,
        /// Which.
        stage: Stage,
        /// How far.
        progress: Progress,
        /// How many seconds it took by the node's own clock, where that is known: what was over
        /// before anybody looked has its length too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took: Option<u64>,
    },
    /// Why a stage fails or does not end, found by looking.
    Diagnosed {
        /// Whose.
        of: Subject,
        /// Which.
        stage: Stage,
        /// What was found; nothing when what was found before no longer holds.
        diagnosis: Option<Diagnosis>,
    },
    /// A node went down and came up again.
    Rebooted {
        /// Which.
        node: Line,
    },
    /// How far something is that a person asked to be done about a node.
    Acted {
        /// What.
        act: NodeAct,
        /// How far.
        outcome: Outcome,
    },
    /// Lines of a node's log.
    Log {
        /// Which node.
        node: Line,
        /// Where they stood.
        origin: LogOrigin,
        /// The lines, oldest first.
        lines: Vec<Line>,
    },
    /// A host was asked for its page.
    Host {
        /// Which.
        host: Line,
        /// Whether it answered 200 over verified TLS.
        well: bool,
        /// The answer, or what is in its way.
        answer: Line,
    },
    /// Following has ended.
    Finished {
        /// Whether the cluster is healthy.
        healthy: bool,
    },
}

/// The word that opens a marker on the serial console and in the script's log.
pub const MARKER_START: &str = "@k3scope ";
/// What closes it, so that a line that the kernel tore is noticed.
pub const MARKER_END: &str = " @end";

//! The log of a pod: how much of it, of which containers, and its lines.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::pod::{Container, Pod};
use crate::domain::problem::Problem;

/// Where a log begins.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
pub enum LogSince {
    /// A screenful or a few before its end.
    #[default]
    #[strum(to_string = "the last 500 lines")]
    Tail,
    /// Five minutes ago.
    #[strum(to_string = "the last 5 minutes")]
    FiveMinutes,
    /// An hour ago.
    #[strum(to_string = "the last hour")]
    Hour,
    /// As far back as lines are kept here.
    #[strum(to_string = "all of it")]
    All,
}

impl LogSince {
    /// The next choice; after the last comes the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Tail => Self::FiveMinutes,
            Self::FiveMinutes => Self::Hour,
            Self::Hour => Self::All,
            Self::All => Self::Tail,
        }
    }
}

/// What is to be read of a pod's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogWish {
    /// Which pod.
    pub pod: ObjectRef,
    /// The containers, one or several.
    pub containers: Vec<Line>,
    /// What the containers before these wrote: those that ended last.
    pub previous: bool,
    /// From where on.
    pub since: LogSince,
}

impl LogWish {
    /// The log of a pod that the screen opens first: of all that run in it beside each other.
    pub fn of(pod: &Pod) -> Self {
        let started = |container: &&Container| !container.state.is_empty();
        let main = pod.containers.iter().filter(started);
        let mut containers: Vec<Line> = main.map(|it| it.name.clone()).collect();
        // Before they are started, what runs is one of those that prepare them.
        if !pod.containers.iter().any(|it| it.state == "Running") {
            let init = pod.init_containers.iter().filter(started);
            containers.extend(init.map(|it| it.name.clone()));
        }
        if containers.is_empty() {
            containers.extend(pod.containers.iter().map(|it| it.name.clone()));
        }
        Self {
            pod: pod.id.clone(),
            containers,
            ..Self::default()
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodLine {
    /// When it was written.
    pub at: Option<Timestamp>,
    /// By which container.
    pub container: Line,
    /// What it says.
    pub text: Line,
}

/// How the log of a container is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LogState {
    /// Lines come as they are written.
    Follows,
    /// There is none yet, because of this; it is asked for again.
    Waits {
        /// In the API's words.
        why: Line,
    },
    /// The connection was lost; it is asked for again.
    Lost {
        /// How.
        why: Line,
    },
    /// Nothing will come any more.
    Over {
        /// Why.
        why: Line,
    },
    /// It cannot be had.
    Refused(Problem),
}

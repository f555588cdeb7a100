//! One line of our own log, as the Log pane shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// How much a line matters.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Level {
    /// For the record.
    Info,
    /// Something was not as expected, and work goes on.
    Warn,
    /// Something failed.
    Error,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// Who says it: a source, a task, a node.
    pub by: Line,
    /// What it says.
    pub text: Line,
}

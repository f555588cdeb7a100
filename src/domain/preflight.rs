//! What is checked before money or time is spent, and what came of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// What a check found.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// It could not be tried, because something it needs is missing or failed itself.
    Skipped,
    /// As it should be.
    Passed,
    /// Nothing wrong, but worth knowing.
    Informs,
    /// The run can begin, and may be regretted.
    Warns,
    /// The run must not begin.
    Blocks,
}

/// A check that will be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// Its name, such as `clock-skew`.
    pub name: Line,
    /// What it proves, in one sentence.
    pub proves: Line,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Its name.
    pub name: Line,
    /// What was found.
    pub verdict: Verdict,
    /// The evidence, in one line.
    pub evidence: Line,
    /// What to do next; empty where nothing is.
    pub next: Line,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// How a preflight goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "preflight", rename_all = "snake_case")]
pub enum PreflightEvent {
    /// It begins.
    Started {
        /// The checks, in the order in which they are shown.
        checks: Vec<Listed>,
    },
    /// A check has ended.
    Checked(Checked),
    /// All have ended.
    Finished {
        /// How many block.
        blocks: usize,
        /// How many warn.
        warns: usize,
    },
}

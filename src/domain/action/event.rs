//! What is told of an action, from the moment it was asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Right};
use crate::domain::line::Line;
use crate::domain::problem::Problem;

/// Something that happened to an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action_event", rename_all = "snake_case")]
pub enum ActionEvent {
    /// It is being done.
    Begun {
        /// Its number in this session.
        number: u32,
        /// What.
        action: Action,
    },
    /// One write of it went out.
    Wrote {
        /// Of which action.
        number: u32,
        /// The command that does the same, for copying.
        command: String,
    },
    /// It is so far.
    Stands {
        /// Which action.
        number: u32,
        /// In a few words.
        said: Line,
    },
    /// It has ended.
    Ended {
        /// Which.
        number: u32,
        /// How.
        outcome: ActionOutcome,
    },
    /// Whether something is permitted was asked.
    Permitted {
        /// What.
        right: Right,
        /// Whether it is.
        allowed: bool,
    },
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ActionOutcome {
    /// The server has it; what follows shows in the object itself.
    Done {
        /// In a few words, what is so now.
        said: Line,
    },
    /// It was refused, by us or by the server; `detail` has the server's words.
    Failed(Problem),
    /// The connection was lost before an answer, and looking did not tell either.
    Unknown(Problem),
}

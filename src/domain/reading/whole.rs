//! An object as a whole, as lines of YAML.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;

/// One object of any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Thing {
    /// The kind, as the API calls it.
    pub kind: Line,
    /// Which.
    pub id: ObjectRef,
}

impl Thing {
    /// The object `id` of a kind.
    pub fn new(kind: impl Into<Line>, id: ObjectRef) -> Self {
        Self {
            kind: kind.into(),
            id,
        }
    }
}

/// What was found of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Whole {
    /// All of it; the values of Secrets are masked, what only servers read is folded away.
    Lines {
        /// As YAML.
        lines: Vec<Line>,
    },
    /// It is not there.
    Gone,
    /// It cannot be read.
    Refused(Problem),
}

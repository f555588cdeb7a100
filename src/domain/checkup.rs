//! How the resources of an application are, as read from the objects themselves while its full view is
//! open: since Argo CD 3 the Application does not carry it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::Health;
use super::comparison::ResourceRef;
use super::line::Line;

/// What is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "checkup", rename_all = "snake_case")]
pub enum Checkup {
    /// These were looked at.
    Looked {
        /// Each, and how it is.
        found: Vec<Checked>,
    },
    /// Nobody looks any more: what was found grows old and is forgotten.
    Over,
}

/// One resource that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Which.
    pub of: ResourceRef,
    /// How it is.
    pub vital: Vital,
}

/// How a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Vital {
    /// By the rule of its kind.
    Judged {
        /// Its health.
        health: Health,
        /// A sentence, where there is one.
        why: Line,
    },
    /// It is not there.
    Missing,
    /// It cannot be read, because of this.
    Unread {
        /// In words.
        why: Line,
    },
}

//! Everything that a source or a long task can tell.
//!
//! Events are the only way into the store; they are free of secrets and serialise to one line of
//! JSON, which is what recordings, `--json` streams and tests share.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::provision::ProvisionEvent;

/// Something that was learnt, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it was learnt.
    pub at: Timestamp,
    /// What was learnt.
    #[serde(flatten)]
    pub what: What,
}

/// What was learnt, by the task that tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum What {
    /// A run of `apply` or `destroy`.
    Provision(ProvisionEvent),
}

//! Where a session stands between nothing and a served page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::ResourceKey;

/// A stage of the session; each begins when the one before has ended well.
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
#[strum(serialize_all = "lowercase")]
pub enum Stage {
    /// The cluster is being chosen: there is no `cluster.toml` yet, or it is being changed.
    Setup,
    /// The network and the nodes are planned and made.
    Provision,
    /// The nodes come up and the cluster converges.
    Bootstrap,
    /// The cluster is watched.
    OnDuty,
}

/// What a person may let the session begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "begin", rename_all = "snake_case")]
pub enum Begin {
    /// Look at what there is, and say what `apply` would do.
    Plan,
    /// Make what is missing of the network and the nodes.
    Apply {
        /// Whether what exceeds the free allowance was confirmed.
        allow_paid: bool,
        /// Resources whose replacement was agreed to.
        #[serde(default)]
        replace: Vec<ResourceKey>,
    },
    /// Follow the nodes until the cluster is healthy.
    Bootstrap,
    /// Go to the cockpit, whatever is not healthy yet.
    Watch,
    /// Stop what runs, so that it can be resumed.
    Stop,
    /// End at once a run of Terraform that is stopping, whatever that leaves behind.
    Force,
}

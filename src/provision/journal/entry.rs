//! The lines of a journal. New kinds and fields may come; none is ever renamed, so that the files of
//! an older version still tell what they told. What a version does not know it passes over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::hunt::{HuntEnd, LaunchAnswer, Place};
use crate::domain::plan::{Action, Operation, ResourceKey, ResourceKind};
use crate::domain::provision::Outcome;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a journal keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The run began.
    Started {
        /// The cluster's name.
        cluster: String,
        /// What for.
        operation: Operation,
    },
    /// A create is about to be sent.
    Intent {
        /// Which resource.
        key: ResourceKey,
        /// The number in the retry token.
        attempt: u32,
        /// SHA-256 of the request's body, in hexadecimal; empty where Terraform sends it, under a
        /// token of its own.
        body: String,
        /// Where, if it is a launch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
    },
    /// The create was answered: the resource exists.
    Created {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID.
        id: String,
    },
    /// The create was refused for certain: nothing was made.
    Refused {
        /// Which resource.
        key: ResourceKey,
        /// The error's code.
        code: String,
        /// What the refusal means, if it was a launch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<LaunchAnswer>,
    },
    /// Launches go out one at a time from now on.
    HuntBegan {
        /// When it is given up.
        until: Timestamp,
        /// For how long it was asked to hunt, in seconds: who asks for another time gets another
        /// deadline.
        asked: u64,
    },
    /// The hunt is over.
    HuntEnded {
        /// How.
        end: HuntEnd,
    },
    /// Fields of a resource are about to be changed.
    Changing {
        /// Which resource.
        key: ResourceKey,
        /// The fields, as OCI's API names them.
        fields: Vec<String>,
    },
    /// The fields were changed.
    Changed {
        /// Which resource.
        key: ResourceKey,
    },
    /// The removal was accepted.
    Deleted {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID.
        id: String,
    },
    /// The resource is where it should be, from the request to the end within this run.
    Ready {
        /// Which resource.
        key: ResourceKey,
        /// What it is.
        kind: ResourceKind,
        /// What was done to it.
        action: Action,
        /// How long that took.
        millis: u64,
    },
    /// By a person's choice the run was ended without waiting for what was under way.
    Forced {
        /// That is these: each may exist without Terraform's state knowing it.
        left: Vec<ResourceKey>,
    },
    /// The run ended by itself.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

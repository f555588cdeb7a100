//! What a provisioning run tells while it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hunt::HuntEvent;
use super::plan::{Counts, Plan, ResourceKey};
use super::problem::Problem;

/// One thing that happened in a run of `apply` or `destroy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ProvisionEvent {
    /// The run begins: what it will do.
    Started {
        /// Names the run and its journal.
        run: String,
        /// What it will do.
        plan: Plan,
    },
    /// The first request for a resource is about to be sent.
    StepStarted {
        /// Which resource.
        key: ResourceKey,
    },
    /// The resource exists and is on its way to the state that it must have.
    StepWaiting {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID; empty where only the program that makes it knows it yet.
        id: String,
        /// The lifecycle state that OCI told last, or what is being done to it.
        state: String,
    },
    /// A request was refused for now and will be sent again.
    StepRetrying {
        /// Which resource.
        key: ResourceKey,
        /// What was answered.
        reason: String,
        /// Seconds until the next try.
        in_seconds: u64,
    },
    /// The resource is as it should be, or is gone.
    StepFinished {
        /// Which resource.
        key: ResourceKey,
        /// Its OCID.
        id: String,
    },
    /// The resource could not be made, or not be removed. Told again when more is known of why.
    StepFailed {
        /// Which resource.
        key: ResourceKey,
        /// Why.
        problem: Problem,
    },
    /// No host has room, and the run waits for one.
    Hunt(HuntEvent),
    /// It was asked to stop: what is under way comes to its end, and nothing new begins.
    Stopping {
        /// Whether it could also be ended at once, and leave behind what nobody knows of.
        can_force: bool,
    },
    /// By a person's choice that end is not waited for.
    Forced {
        /// What was under way: it may come to exist without the state knowing it.
        left: Vec<ResourceKey>,
    },
    /// The cloud was looked at after a forced end: what bears the cluster's tags and is not in the
    /// state. May come after the end of the run.
    StateLacks {
        /// Those resources.
        resources: Vec<Lacking>,
    },
    /// Nothing runs any more.
    Finished {
        /// How it ended.
        outcome: Outcome,
        /// What was done.
        done: Counts,
        /// Steps that failed, or that were not begun because something they need failed.
        undone: Vec<ResourceKey>,
    },
}

impl ProvisionEvent {
    /// The resource that it is about, if it is about one.
    pub fn key(&self) -> Option<&ResourceKey> {
        match self {
            Self::StepStarted { key }
            | Self::StepWaiting { key, .. }
            | Self::StepRetrying { key, .. }
            | Self::StepFinished { key, .. }
            | Self::StepFailed { key, .. }
            | Self::Hunt(HuntEvent::Tried { key, .. } | HuntEvent::Next { key, .. }) => Some(key),
            Self::Started { .. }
            | Self::Hunt(_)
            | Self::Stopping { .. }
            | Self::Forced { .. }
            | Self::StateLacks { .. }
            | Self::Finished { .. } => None,
        }
    }
}

/// A resource that exists and that Terraform's state does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lacking {
    /// Which resource.
    pub key: ResourceKey,
    /// Its OCID.
    pub id: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    /// Everything is as planned.
    Done,
    /// A step failed; running again goes on from here.
    Failed,
    /// It was asked to stop; running again goes on from here.
    Interrupted,
}

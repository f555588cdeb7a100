//! What a person has open to read: the log of a pod, an object as a whole.
//!
//! What is asked for, and what is told about it. Where it is read is `app`'s; that no secret is in it
//! was seen to before it got here.

mod log;
mod whole;

pub use log::{LogSince, LogState, LogWish, PodLine};
pub use whole::{Thing, Whole};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::ObjectRef;
use super::problem::Problem;
use super::proof::Step;

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "reading", rename_all = "snake_case")]
pub enum Reading {
    /// A log is open; the one before it is not any more.
    LogOpened {
        /// Its number in this session.
        number: u32,
        /// Which.
        wish: LogWish,
    },
    /// It goes on.
    LogLines {
        /// Which.
        number: u32,
        /// The next lines.
        lines: Vec<PodLine>,
        /// Lines before these that came faster than they can be shown.
        skipped: u64,
    },
    /// How a container's log is.
    LogState {
        /// In which.
        number: u32,
        /// Which container.
        container: Line,
        /// How it is now.
        state: LogState,
    },
    /// It is open no longer.
    LogClosed,
    /// An object as a whole.
    Whole {
        /// Which.
        of: Thing,
        /// What it is.
        found: Whole,
    },
    /// A text was saved, or was not.
    Saved {
        /// Where.
        path: Line,
        /// Why not.
        failed: Option<Problem>,
    },
    /// The way to the proof of a challenge.
    Proof {
        /// Of which challenge.
        of: ObjectRef,
        /// What was met next.
        step: Step,
    },
}

//! What Kubernetes itself tells about an object (an Event of the API; ours are in [`super::event`]).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// An Event object: one thing said about another object, perhaps many times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterEvent {
    /// The Event object's own name.
    pub id: ObjectRef,
    /// True for `Warning`, false for `Normal`.
    pub warning: bool,
    /// One word.
    pub reason: Line,
    /// One sentence.
    pub message: Line,
    /// Kind of the object that it is about.
    pub kind: Line,
    /// That object.
    pub about: ObjectRef,
    /// Who says it.
    pub by: Line,
    /// How often it was said.
    pub count: u32,
    /// When first.
    pub first_seen: Option<Timestamp>,
    /// When last.
    pub last_seen: Option<Timestamp>,
}

impl Object for ClusterEvent {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

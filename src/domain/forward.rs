//! A port of a pod that can be reached on this machine.
//!
//! What is told of one while it lasts. The bytes that go through it are nobody's but the two ends'.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// One forwarded port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forward {
    /// Its address on this machine: `127.0.0.1:8080`.
    pub id: ObjectRef,
    /// The pod that it leads to, and never to another one in its place.
    pub pod: ObjectRef,
    /// The port in the pod.
    pub port: u16,
    /// Connections that are open.
    pub open: u32,
    /// Connections that there were so far, those that are open with them.
    pub taken: u64,
    /// Bytes that went to the pod.
    pub sent: u64,
    /// Bytes that came from it.
    pub received: u64,
    /// Why the last connection that failed did so.
    pub error: Option<Line>,
    /// Why it leads nowhere any more, once it does not.
    pub over: Option<Line>,
}

impl Forward {
    /// Its address as a browser takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.id.name)
    }
}

impl Object for Forward {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

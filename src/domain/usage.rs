//! What a node or a pod uses now, as the metrics server measured it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::object::{Object, ObjectRef};
use super::quantity::{Bytes, Millicores};

/// Use of processors and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// The node (no namespace) or the pod.
    pub id: ObjectRef,
    /// Processors.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// When it was measured.
    pub at: Option<Timestamp>,
}

impl Object for Usage {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

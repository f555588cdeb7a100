//! Who stands behind a Service (an `EndpointSlice`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// One address behind a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Its address.
    pub address: Line,
    /// Whether it takes requests.
    pub ready: bool,
    /// The pod.
    pub pod: Line,
    /// Its node.
    pub node: Line,
}

/// A slice of the addresses behind one Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointSlice {
    /// Its name.
    pub id: ObjectRef,
    /// The Service, in the same namespace.
    pub service: Line,
    /// Ports, as `name:number`.
    pub ports: Vec<Line>,
    /// Addresses.
    pub endpoints: Vec<Endpoint>,
}

impl EndpointSlice {
    /// Addresses that take requests.
    pub fn ready(&self) -> usize {
        self.endpoints
            .iter()
            .filter(|endpoint| endpoint.ready)
            .count()
    }
}

impl Object for EndpointSlice {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

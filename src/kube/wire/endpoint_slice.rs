//! `discovery.k8s.io/v1` `EndpointSlice`.

use serde::Deserialize;

use super::fields::nullable;
use super::object::Meta;
use crate::domain::endpoints::{Endpoint, EndpointSlice};
use crate::domain::line::Line;

/// The body of an `EndpointSlice`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EndpointSliceBody {
    #[serde(deserialize_with = "nullable")]
    endpoints: Vec<WireEndpoint>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireEndpoint {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Line>,
    conditions: Conditions,
    node_name: Line,
    #[serde(deserialize_with = "nullable")]
    target_ref: TargetRef,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Conditions {
    ready: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TargetRef {
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Port {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    port: u32,
}

impl From<(Meta, EndpointSliceBody)> for EndpointSlice {
    fn from((meta, body): (Meta, EndpointSliceBody)) -> Self {
        let port = |port: &Port| Line::new(&format!("{}:{}", port.name, port.port));
        Self {
            id: meta.id(),
            service: meta.label("kubernetes.io/service-name"),
            ports: body.ports.iter().map(port).collect(),
            endpoints: body.endpoints.into_iter().map(Endpoint::from).collect(),
        }
    }
}

impl From<WireEndpoint> for Endpoint {
    fn from(wire: WireEndpoint) -> Self {
        Self {
            address: wire.addresses.into_iter().next().unwrap_or_default(),
            // The API says to take an absent condition for ready.
            ready: wire.conditions.ready.unwrap_or(true),
            pod: wire.target_ref.name,
            node: wire.node_name,
        }
    }
}

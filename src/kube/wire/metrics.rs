//! `metrics.k8s.io/v1beta1` `NodeMetrics` and `PodMetrics`.

use serde::Deserialize;

use super::fields::{Time, nullable};
use super::object::Meta;
use crate::domain::quantity::{Bytes, Millicores};
use crate::domain::usage::Usage;

/// The body of `NodeMetrics` (one use) or `PodMetrics` (one for each container).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MetricsBody {
    timestamp: Time,
    usage: Option<Amounts>,
    #[serde(deserialize_with = "nullable")]
    containers: Vec<ContainerMetrics>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerMetrics {
    usage: Amounts,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Amounts {
    cpu: String,
    memory: String,
}

impl From<(Meta, MetricsBody)> for Usage {
    fn from((meta, body): (Meta, MetricsBody)) -> Self {
        let mut used = Self {
            id: meta.id(),
            at: body.timestamp.0,
            ..Self::default()
        };
        let containers = body.containers.into_iter().map(|container| container.usage);
        for amounts in body.usage.into_iter().chain(containers) {
            let cpu = Millicores::parse(&amounts.cpu).unwrap_or_default();
            let memory = Bytes::parse(&amounts.memory).unwrap_or_default();
            used.cpu = Millicores(used.cpu.0.saturating_add(cpu.0));
            used.memory = Bytes(used.memory.0.saturating_add(memory.0));
        }
        used
    }
}

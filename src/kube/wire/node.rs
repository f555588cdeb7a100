//! `v1` Node.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::node::{Node, Resources};
use crate::domain::quantity::{Bytes, Millicores};

/// The body of a Node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    unschedulable: bool,
    #[serde(deserialize_with = "nullable")]
    taints: Vec<Taint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Address>,
    #[serde(deserialize_with = "nullable")]
    capacity: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    allocatable: BTreeMap<String, String>,
    node_info: NodeInfo,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    r#type: String,
    address: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeInfo {
    kubelet_version: Line,
    os_image: Line,
    architecture: Line,
}

const ROLE_PREFIX: &str = "node-role.kubernetes.io/";

impl From<(Meta, NodeBody)> for Node {
    fn from((meta, body): (Meta, NodeBody)) -> Self {
        let address = |kind: &str| {
            let found = body
                .status
                .addresses
                .iter()
                .find(|address| address.r#type == kind);
            found.map(|found| found.address.clone()).unwrap_or_default()
        };
        let labelled = meta
            .labels
            .keys()
            .filter_map(|key| key.strip_prefix(ROLE_PREFIX));
        let mut roles: Vec<Line> = labelled.map(Line::new).collect();
        roles.extend(meta.labels.get("role").map(|role| Line::new(role)));
        Self {
            id: meta.id(),
            labels: meta.labels(),
            created: meta.created(),
            roles,
            version: body.status.node_info.kubelet_version,
            architecture: body.status.node_info.architecture,
            os: body.status.node_info.os_image,
            internal_ip: address("InternalIP"),
            external_ip: address("ExternalIP"),
            cordoned: body.spec.unschedulable,
            capacity: resources(&body.status.capacity),
            allocatable: resources(&body.status.allocatable),
            conditions: conditions(body.status.conditions),
            taints: body.spec.taints.iter().map(Taint::to_line).collect(),
        }
    }
}

impl Taint {
    fn to_line(&self) -> Line {
        let value = if self.value.is_empty() { "" } else { "=" };
        Line::new(&format!(
            "{}{value}{}:{}",
            self.key, self.value, self.effect
        ))
    }
}

fn resources(quantities: &BTreeMap<String, String>) -> Resources {
    let text = |name: &str| quantities.get(name).map(String::as_str).unwrap_or_default();
    Resources {
        cpu: Millicores::parse(text("cpu")).unwrap_or_default(),
        memory: Bytes::parse(text("memory")).unwrap_or_default(),
        pods: text("pods").parse().unwrap_or_default(),
    }
}

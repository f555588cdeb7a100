//! A Kubernetes node.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Labels, Object, ObjectRef, Truth, condition};
use super::quantity::{Bytes, Millicores};

/// Processors, memory and pods: what a node has, or what of it pods may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resources {
    /// Processors.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// Pods.
    pub pods: u32,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its name; nodes have no namespace.
    pub id: ObjectRef,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// When it joined.
    pub created: Option<Timestamp>,
    /// From the `node-role.kubernetes.io/…` labels, and `role=…`.
    pub roles: Vec<Line>,
    /// Kubelet's version.
    pub version: Line,
    /// Processor architecture.
    pub architecture: Line,
    /// Operating system image.
    pub os: Line,
    /// Address inside the cluster's network.
    pub internal_ip: Line,
    /// Address on the internet, where it has one.
    pub external_ip: Line,
    /// No new pods are placed on it.
    pub cordoned: bool,
    /// What it has.
    pub capacity: Resources,
    /// What of it pods may use.
    pub allocatable: Resources,
    /// `Ready`, `DiskPressure`, …
    pub conditions: Vec<Condition>,
    /// Taints, as `key=value:effect`.
    pub taints: Vec<Line>,
}

impl Node {
    /// The condition of type `kind`.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.conditions, kind)
    }

    /// Whether its kubelet says that it is ready.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready")
            .is_some_and(|ready| ready.status == Truth::True)
    }

    /// Conditions other than `Ready` that hold: every one of them is a complaint.
    pub fn pressures(&self) -> impl Iterator<Item = &Condition> {
        self.conditions
            .iter()
            .filter(|condition| condition.kind != "Ready" && condition.status == Truth::True)
    }
}

impl Object for Node {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if !self.is_ready() {
            let ready = self.condition("Ready");
            let why = ready.map_or_else(
                || "NotReady: its kubelet has not reported".to_owned(),
                |ready| format!("NotReady: {}", ready.message.or(&ready.reason)),
            );
            return Some(Ailment::critical(
                why,
                ready.and_then(|ready| ready.since).or(self.created),
            ));
        }
        self.pressures()
            .next()
            .map(|pressure| {
                Ailment::warning(
                    format!("{}: {}", pressure.kind, pressure.message),
                    pressure.since,
                )
            })
            .or_else(|| {
                self.cordoned
                    .then(|| Ailment::warning("cordoned: no new pods are placed on it", None))
            })
    }
}

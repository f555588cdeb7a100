//! Policies of Envoy Gateway and the Gateway API: their targets, and what is said of them for each
//! ancestor (GEP-713).

use serde::Deserialize;

use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use super::route::Reference;
use crate::domain::line::Line;
use crate::domain::policy::{Policy, Target};
use crate::domain::route::ParentStatus;

/// The body of a policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PolicyBody {
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    /// The one target of older versions.
    #[serde(rename = "targetRef")]
    one: Option<WireTarget>,
    #[serde(rename = "targetRefs", deserialize_with = "nullable")]
    several: Vec<WireTarget>,
    #[serde(rename = "targetSelectors", deserialize_with = "nullable")]
    by_labels: Vec<serde::de::IgnoredAny>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireTarget {
    kind: Line,
    name: Line,
    #[serde(deserialize_with = "nullable")]
    section_name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    ancestors: Vec<Ancestor>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ancestor {
    #[serde(rename = "ancestorRef")]
    parent: Reference,
    controller_name: Line,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

impl From<(Meta, PolicyBody)> for Policy {
    fn from((meta, body): (Meta, PolicyBody)) -> Self {
        let PolicyBody { spec, status } = body;
        let id = meta.id();
        let targets = spec.one.into_iter().chain(spec.several);
        let ancestors = status.ancestors.into_iter().map(|ancestor| ParentStatus {
            parent: ancestor.parent.parent(&id.namespace),
            controller: ancestor.controller_name,
            conditions: conditions(ancestor.conditions),
        });
        Self {
            created: meta.created(),
            targets: targets.map(Target::from).collect(),
            by_labels: !spec.by_labels.is_empty(),
            ancestors: ancestors.collect(),
            id,
            ..Self::default()
        }
    }
}

impl From<WireTarget> for Target {
    fn from(wire: WireTarget) -> Self {
        Self {
            kind: wire.kind,
            name: wire.name,
            section: wire.section_name,
        }
    }
}

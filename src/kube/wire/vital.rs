//! The little of an object by which its health is judged, of any kind that has a rule.
//!
//! Of a spec only the fields that rules ask for are kept: the schemas of a definition are not.

use serde::Deserialize;
use serde_json::Value;

use super::fields::{self, nullable};
use crate::domain::line::Line;
use crate::domain::object::{Condition, ObjectRef};

/// An object, as far as its health goes. What rules look for in its spec and status is found by name,
/// since each kind has other fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    metadata: Metadata,
    #[serde(deserialize_with = "nullable")]
    pub(crate) spec: Spec,
    status: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Line,
    namespace: Line,
    #[serde(deserialize_with = "nullable")]
    generation: i64,
    deletion_timestamp: Option<String>,
}

/// Fields of a spec, each as it stands there: what is of another type than a rule expects is as if it
/// were not there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Spec {
    pub(crate) replicas: Value,
    pub(crate) r#type: Value,
    pub(crate) suspend: Value,
    pub(crate) paused: Value,
    pub(crate) restart_policy: Value,
    pub(crate) update_strategy: Value,
    pub(crate) refresh_policy: Value,
}

impl Seen {
    /// Its name.
    pub(crate) fn id(&self) -> ObjectRef {
        ObjectRef {
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
        }
    }

    /// Whether it is being deleted.
    pub(crate) fn is_leaving(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// Whether its controller has seen it as it is now.
    pub(crate) fn is_observed(&self) -> bool {
        let seen = self.number("/observedGeneration");
        seen >= self.metadata.generation
    }

    /// Whether there is a status at all.
    pub(crate) fn has_status(&self) -> bool {
        self.status.as_object().is_some_and(|it| !it.is_empty())
    }

    /// A number of its status; 0 where it is not there, as the API leaves it out.
    pub(crate) fn number(&self, at: &str) -> i64 {
        let found = self.status.pointer(at).and_then(Value::as_i64);
        found.unwrap_or_default()
    }

    /// A text of its status; empty where it is not there.
    pub(crate) fn text(&self, at: &str) -> &str {
        let found = self.status.pointer(at).and_then(Value::as_str);
        found.unwrap_or_default()
    }

    /// A list of its status.
    pub(crate) fn list(&self, at: &str) -> &[Value] {
        let found = self.status.pointer(at).and_then(Value::as_array);
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Its conditions.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        conditions(&self.status)
    }

    /// The conditions of each entry of a list of its status (parents, ancestors, listeners).
    pub(crate) fn conditions_of(&self, at: &str) -> Vec<Vec<Condition>> {
        self.list(at).iter().map(conditions).collect()
    }
}

/// The conditions of `of`; one that is no condition is left out.
fn conditions(of: &Value) -> Vec<Condition> {
    let listed = of.get("conditions").and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(|it| fields::Condition::deserialize(it).ok())
        .map(fields::Condition::into_domain)
        .collect()
}

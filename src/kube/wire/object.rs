//! The part of an object that all kinds have, and reading the rest of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::{ApiResource, DynamicResourceScope, Resource};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::fields::{Time, nullable};
use crate::domain::line::Line;
use crate::domain::object::{Labels, ObjectRef, Owner};

/// As many labels of an object are kept.
const MOST_LABELS: usize = 64;

/// An object's metadata, without what is never shown (managed fields above all).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    name: Line,
    namespace: Line,
    resource_version: String,
    pub(super) generation: i64,
    creation_timestamp: Time,
    deletion_timestamp: Time,
    #[serde(deserialize_with = "nullable")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(deserialize_with = "nullable")]
    owner_references: Vec<OwnerReference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OwnerReference {
    kind: Line,
    name: Line,
    controller: bool,
}

impl Meta {
    pub(crate) fn id(&self) -> ObjectRef {
        ObjectRef {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    pub(super) fn created(&self) -> Option<jiff::Timestamp> {
        self.creation_timestamp.0
    }

    pub(super) fn deleting(&self) -> Option<jiff::Timestamp> {
        self.deletion_timestamp.0
    }

    /// The controller that made the object, or else its first owner.
    pub(super) fn owner(&self) -> Option<Owner> {
        let controller = self.owner_references.iter().find(|owner| owner.controller);
        controller
            .or(self.owner_references.first())
            .map(|owner| Owner {
                kind: owner.kind.clone(),
                name: owner.name.clone(),
            })
    }

    /// All labels, as far as a person's filter asks for them.
    pub(super) fn labels(&self) -> Labels {
        let labels = self.labels.iter().take(MOST_LABELS);
        labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }

    pub(super) fn label(&self, key: &str) -> Line {
        self.labels
            .get(key)
            .map(|value| Line::new(value))
            .unwrap_or_default()
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

/// An object as it was read: its metadata, and its body where that could be understood.
///
/// An object whose body is not what its kind promises costs only itself, not the list that it
/// stands in.
#[derive(Clone, Debug)]
pub(crate) struct Seen<W> {
    pub(crate) meta: Meta,
    pub(crate) body: Result<W, String>,
    /// The little that the watcher asks for.
    watched: ObjectMeta,
}

impl<'de, W: DeserializeOwned> Deserialize<'de> for Seen<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object = Value::deserialize(deserializer)?;
        let meta = object
            .get_mut("metadata")
            .map(Value::take)
            .unwrap_or_default();
        let meta: Meta = serde_json::from_value(meta).map_err(serde::de::Error::custom)?;
        let watched = ObjectMeta {
            name: Some(meta.name.to_string()),
            namespace: Some(meta.namespace.to_string()).filter(|namespace| !namespace.is_empty()),
            resource_version: Some(meta.resource_version.clone()),
            ..ObjectMeta::default()
        };
        Ok(Self {
            body: serde_json::from_value(object).map_err(|error| error.to_string()),
            meta,
            watched,
        })
    }
}

impl<W> Resource for Seen<W> {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        resource.kind.as_str().into()
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        resource.group.as_str().into()
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        resource.version.as_str().into()
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        resource.plural.as_str().into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.watched
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.watched
    }
}

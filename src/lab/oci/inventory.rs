//! Everything that stands in the cloud, in the form in which tests compare two worlds.

use std::collections::BTreeMap;

use serde_json::Value;

use super::world::{Resource, World};

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The collection, as in the path: `instances`, `vnics`, …
    pub kind: &'static str,
    /// The OCID.
    pub id: String,
    /// The display name, or the name where a type has only that.
    pub name: String,
    /// The freeform tags.
    pub tags: BTreeMap<String, String>,
    /// The lifecycle state; empty when the type has none.
    pub state: String,
    /// The version that `if-match` compares.
    pub etag: String,
    /// The whole resource as the API shows it.
    pub body: Value,
}

/// Every resource whose life is not over, in the order of their making.
pub(super) fn of(world: &World) -> Vec<Item> {
    world
        .everything()
        .filter(|resource| !resource.is_over())
        .map(item)
        .collect()
}

fn item(resource: &Resource) -> Item {
    let tags = resource.body.get("freeformTags").and_then(Value::as_object);
    let name = [resource.text("displayName"), resource.text("name")];
    Item {
        kind: resource.kind.path,
        id: resource.id().to_owned(),
        name: name
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or_else(String::new, str::to_owned),
        tags: tags
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        state: resource.state().to_owned(),
        etag: resource.etag.clone(),
        body: resource.json(),
    }
}

//! The table of resource types and data sources: where each goes in OCI's API, and what of it can
//! be changed. All that is special to a type is a row of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::names::Names;

const TEXT: &str = include_str!("../../../assets/lab/terraform/table.toml");

/// States in which a resource is no more, unless its row says otherwise.
const GONE: [&str; 4] = ["TERMINATING", "TERMINATED", "DELETING", "DELETED"];

/// Every row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) words: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    #[serde(rename = "resource")]
    pub(super) resources: BTreeMap<String, Row>,
    #[serde(rename = "data")]
    pub(super) data_sources: BTreeMap<String, Source>,
}

/// A resource type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// The API's word for the type, from which the names of operations are made.
    pub(super) api: String,
    /// Operations that have a name of their own.
    create: Option<String>,
    delete: Option<String>,
    /// The path of the collection; an item's is that with its id.
    pub(super) collection: String,
    /// The states in which it is made; none when the type has no states.
    #[serde(default)]
    pub(super) ready: Vec<String>,
    /// Other states in which it stays.
    #[serde(default)]
    pub(super) resting: Vec<String>,
    #[serde(default)]
    gone: Vec<String>,
    /// Attributes and blocks that an update of the item can change.
    #[serde(default)]
    pub(super) update: Vec<String>,
    /// Computed attributes that change with another.
    #[serde(default)]
    pub(super) follow: BTreeMap<String, Vec<String>>,
    /// What is sent for an attribute that is taken away.
    #[serde(default)]
    pub(super) unset: BTreeMap<String, Json>,
    /// Blocks that an import takes over.
    #[serde(default)]
    pub(super) imported: Vec<String>,
    /// Names in the API by the path in the schema, or the end of it.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// Texts in the schema that are numbers in the API.
    #[serde(default)]
    pub(super) numbers: Vec<String>,
    /// Texts in the schema that are flags in the API.
    #[serde(default)]
    pub(super) flags: Vec<String>,
    /// What the real provider sends for what is not configured.
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, Json>,
    /// Attributes, by path, whose change needs no request.
    #[serde(default)]
    pub(super) local: Vec<String>,
    /// What of it other requests tell, in their order.
    #[serde(default)]
    pub(super) parts: Vec<Part>,
    /// The action that removes it, where that is no DELETE.
    pub(super) delete_action: Option<String>,
    /// What it sets, where it is no thing of its own.
    pub(super) attachment: Option<Attachment>,
}

/// A resource type that is a field of another thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attachment {
    /// The attribute with the id of the thing.
    pub(super) to: String,
    /// The attribute with the value.
    pub(super) what: String,
    /// The field of the thing.
    pub(super) field: String,
    /// Where the value is that the field has without it.
    pub(super) otherwise: Otherwise,
}

/// A field of a thing that another thing's fields lead to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Otherwise {
    pub(super) path: String,
    pub(super) field: String,
}

/// Something that belongs to a resource and has a path of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// The list whose first entry leads to it.
    pub(super) find: String,
    /// Its path; none when the list says enough.
    pub(super) item: Option<String>,
    /// Fields of the resource, by path, with the field of the part that each is.
    #[serde(default)]
    pub(super) into: BTreeMap<String, String>,
    /// Attributes, by path in the schema, that an update of the part changes, with their fields.
    #[serde(default)]
    pub(super) update: BTreeMap<String, String>,
}

/// A data source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// The path, with attributes in braces.
    pub(super) path: String,
    /// The attribute that holds the list.
    pub(super) items: Option<String>,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl Table {
    /// The embedded table.
    pub(super) fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(TEXT)
    }

    /// How a resource type's attributes are called in the API.
    pub(super) fn names_of<'a>(&'a self, row: &'a Row) -> Names<'a> {
        Names::new(&row.names, &self.names, &self.words)
    }

    /// How a data source's attributes are called in the API.
    pub(super) fn names_from<'a>(&'a self, source: &'a Source) -> Names<'a> {
        Names::new(&source.names, &self.names, &self.words)
    }
}

impl Row {
    pub(super) fn item(&self, id: &str) -> String {
        format!("{}/{id}", self.collection)
    }

    pub(super) fn create_operation(&self) -> String {
        let made = || format!("Create{}", self.api);
        self.create.clone().unwrap_or_else(made)
    }

    pub(super) fn delete_operation(&self) -> String {
        let made = || format!("Delete{}", self.api);
        self.delete.clone().unwrap_or_else(made)
    }

    /// Whether a resource in this state is no more.
    pub(super) fn is_gone(&self, state: &str) -> bool {
        if self.gone.is_empty() {
            GONE.contains(&state)
        } else {
            self.gone.iter().any(|gone| gone == state)
        }
    }

    /// Whether a resource in this state stays so.
    pub(super) fn rests(&self, state: &str) -> bool {
        self.ready.is_empty()
            || self
                .ready
                .iter()
                .chain(&self.resting)
                .any(|rest| rest == state)
    }

    /// Whether a change at this path of the schema can be made in place.
    pub(super) fn can_change(&self, path: &str) -> bool {
        let top = path.split('.').next().unwrap_or(path);
        top == "timeouts"
            || self.update.iter().any(|name| name == top)
            || self.local.iter().any(|name| name == path)
            || self.parts.iter().any(|part| part.update.contains_key(path))
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{Block, Schemas};
    use super::*;

    fn has(block: &Block, path: &str) -> bool {
        match path.split_once('.') {
            None => block.attributes.contains_key(path) || block.block_types.contains_key(path),
            Some((first, rest)) => block
                .block_types
                .get(first)
                .is_some_and(|nested| has(&nested.block, rest)),
        }
    }

    #[test]
    fn every_type_has_a_row_and_every_row_names_what_the_schema_has() {
        let (schemas, table) = (Schemas::embedded().unwrap(), Table::embedded().unwrap());
        let types: Vec<_> = schemas.resources.keys().collect();
        assert_eq!(types, table.resources.keys().collect::<Vec<_>>());
        let sources: Vec<_> = schemas.data_sources.keys().collect();
        assert_eq!(sources, table.data_sources.keys().collect::<Vec<_>>());
        for (name, row) in &table.resources {
            let block = &schemas.resources[name].block;
            let changed = row.parts.iter().flat_map(|part| part.update.keys());
            let follow = row
                .follow
                .iter()
                .flat_map(|(by, all)| all.iter().chain([by]));
            let named = [
                &row.update,
                &row.imported,
                &row.numbers,
                &row.flags,
                &row.local,
            ];
            let others = row.defaults.keys().chain(row.unset.keys());
            for path in named
                .into_iter()
                .flatten()
                .chain(changed)
                .chain(follow)
                .chain(others)
            {
                assert!(has(block, path), "{name}: {path}");
            }
        }
        for (name, source) in &table.data_sources {
            let block = &schemas.data_sources[name].block;
            if let Some(items) = &source.items {
                assert!(has(block, items), "{name}: {items}");
            }
        }
    }
}

//! The kinds that the API serves: a table of core ones and the digested custom resources.
//!
//! `assets/lab/core.toml` is written by hand; `assets/lab/crds.json` is made from the projects' own
//! definitions by [`digest`](super::digest).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::meta;
use super::schema::{self, Schema};

/// One kind: everything that routes, discovery, tables and writes need to know of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "independent facts about a kind, named as discovery and definitions name them"
)]
pub(crate) struct Kind {
    /// Empty for the core group.
    pub(super) group: String,
    /// `Application`.
    pub(super) kind: String,
    /// `applications`: the name in paths.
    pub(super) plural: String,
    /// `application`.
    pub(super) singular: String,
    /// `app`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) short: Vec<String>,
    /// `all`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) categories: Vec<String>,
    /// Served versions, the preferred one first.
    pub(super) versions: Vec<String>,
    /// The version that objects are stored in.
    pub(super) storage: String,
    /// Lives in a namespace.
    pub(super) namespaced: bool,
    /// Has the `status` subresource.
    pub(super) status: bool,
    /// Has the `scale` subresource.
    pub(super) scale: bool,
    /// A core kind whose generation is counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) generation: bool,
    /// Clients may only read it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) read_only: bool,
    /// Defined by a `CustomResourceDefinition`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) custom: bool,
    /// What a Table shows besides name and age.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) columns: Vec<Column>,
    /// The structure of its objects; core kinds have none here.
    #[serde(skip)]
    pub(super) schema: Option<Arc<Schema>>,
}

/// An additional printer column of a definition.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Column {
    /// The heading.
    pub(super) name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    #[serde(rename = "type")]
    pub(super) form: String,
    /// `.spec.project`.
    #[serde(rename = "jsonPath")]
    pub(super) path: String,
    /// Columns above 0 are for wide output.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) priority: i64,
    /// A tooltip.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// As `OpenAPI` has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) format: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Kind {
    /// `applications.argoproj.io`, `pods`.
    pub(crate) fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// The group and the version that objects are stored in.
    pub(super) fn api_version(&self) -> String {
        self.api_version_in(&self.storage)
    }

    /// The group with a version.
    pub(super) fn api_version_in(&self, version: &str) -> String {
        if self.group.is_empty() {
            version.to_owned()
        } else {
            format!("{}/{version}", self.group)
        }
    }

    /// Whether `metadata.generation` is kept.
    pub(super) fn has_generation(&self) -> bool {
        self.custom || self.generation
    }

    /// The `CustomResourceDefinition` object of a digested kind, as established; its schema is not
    /// spelled out again.
    pub(super) fn definition(&self, now: Timestamp) -> Value {
        let versions = self.versions.iter().map(|version| {
            let mut subresources = serde_json::Map::new();
            if self.status {
                subresources.insert("status".into(), json!({}));
            }
            json!({
                "name": version, "served": true, "storage": *version == self.storage,
                "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true
                }},
                "subresources": subresources,
                "additionalPrinterColumns": self.columns,
            })
        });
        let mut definition = json!({
            "metadata": {"name": self.resource()},
            "spec": {
                "group": self.group, "names": self.names(), "conversion": {"strategy": "None"},
                "scope": if self.namespaced { "Namespaced" } else { "Cluster" },
                "versions": versions.collect::<Vec<_>>(),
            },
        });
        self.establish(&mut definition, now);
        definition
    }

    /// Marks a definition as accepted and served.
    pub(super) fn establish(&self, definition: &mut Value, now: Timestamp) {
        let condition = |form: &str, reason: &str, message: &str| {
            json!({"type": form, "status": "True", "reason": reason, "message": message,
                   "lastTransitionTime": meta::date(now)})
        };
        let status = json!({
            "acceptedNames": self.names(),
            "conditions": [
                condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
            "storedVersions": [self.storage],
        });
        meta::map(definition).insert("status".into(), status);
    }

    fn names(&self) -> Value {
        let mut names = json!({
            "kind": self.kind, "listKind": format!("{}List", self.kind),
            "plural": self.plural, "singular": self.singular,
        });
        for (name, list) in [
            ("shortNames", &self.short),
            ("categories", &self.categories),
        ] {
            if !list.is_empty() {
                meta::map(&mut names).insert(name.into(), json!(list));
            }
        }
        names
    }
}

/// The digested definitions, as the asset holds them: schemas are shared between kinds.
#[derive(Deserialize, Serialize)]
pub(super) struct Asset {
    /// Each may name earlier ones by their place.
    pub(super) schemas: Vec<schema::Packed>,
    /// The kinds, and the place of each one's schema.
    pub(super) kinds: Vec<(Kind, usize)>,
}

static DIGESTED: LazyLock<Vec<Arc<Kind>>> = LazyLock::new(|| {
    let text = include_str!("../../../assets/lab/crds.json");
    let Ok(asset) = serde_json::from_str::<Asset>(text) else {
        return Vec::new();
    };
    let schemas = schema::unpack(&asset.schemas);
    let with_schema = |(mut kind, place): (Kind, usize)| {
        kind.schema = schemas.get(place).cloned();
        Arc::new(kind)
    };
    asset.kinds.into_iter().map(with_schema).collect()
});

static CORE: LazyLock<Kinds> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Table {
        kind: Vec<Kind>,
    }
    let mut kinds = Kinds::default();
    let table = toml::from_str::<Table>(include_str!("../../../assets/lab/core.toml"));
    for kind in table.map(|table| table.kind).unwrap_or_default() {
        kinds.add(Arc::new(kind));
    }
    kinds
});

/// A set of kinds, by resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    by_resource: Arc<BTreeMap<String, Arc<Kind>>>,
}

impl Kinds {
    /// The core kinds.
    pub(super) fn core() -> Self {
        CORE.clone()
    }

    /// Every custom kind that the lab has a digest of.
    pub(super) fn digested() -> Vec<Arc<Kind>> {
        DIGESTED.clone()
    }

    /// Adds or replaces a kind.
    pub(super) fn add(&mut self, kind: Arc<Kind>) {
        Arc::make_mut(&mut self.by_resource).insert(kind.resource(), kind);
    }

    /// Takes a kind away.
    pub(super) fn remove(&mut self, resource: &str) {
        Arc::make_mut(&mut self.by_resource).remove(resource);
    }

    /// `applications.argoproj.io`, `pods`.
    pub(super) fn by_resource(&self, resource: &str) -> Option<Arc<Kind>> {
        self.by_resource.get(resource).cloned()
    }

    /// By what a path names; the version must be served.
    pub(super) fn served(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        self.all()
            .find(|kind| {
                kind.group == group
                    && kind.plural == plural
                    && kind.versions.iter().any(|served| served == version)
            })
            .cloned()
    }

    /// Every kind, ordered by resource.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.by_resource.values()
    }

    /// Groups with their versions, the preferred one first; the core group is left out.
    pub(super) fn groups(&self) -> BTreeMap<String, Vec<String>> {
        let mut groups = BTreeMap::<String, Vec<String>>::new();
        for kind in self.all().filter(|kind| !kind.group.is_empty()) {
            let versions = groups.entry(kind.group.clone()).or_default();
            for version in &kind.versions {
                if !versions.contains(version) {
                    versions.push(version.clone());
                }
            }
        }
        for versions in groups.values_mut() {
            versions.sort_by_key(|version| preference(version));
        }
        groups
    }
}

/// Stable before beta before alpha, newer first: the order in which discovery prefers versions.
pub(super) fn preference(version: &str) -> (u8, std::cmp::Reverse<u32>, std::cmp::Reverse<u32>) {
    let rest = version.trim_start_matches('v');
    let (rank, major, minor) = if let Some((major, minor)) = rest.split_once("beta") {
        (1, major, minor)
    } else if let Some((major, minor)) = rest.split_once("alpha") {
        (2, major, minor)
    } else {
        (0, rest, "0")
    };
    let number = |text: &str| std::cmp::Reverse(text.parse().unwrap_or(0));
    (rank, number(major), number(minor))
}

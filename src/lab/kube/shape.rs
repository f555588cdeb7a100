//! How lists and maps of an object come together: from a custom kind's schema, or by the names that
//! fields have in core kinds.

use super::schema::{Form, Merge, Schema};

/// A place in an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// The object itself.
    Root(Option<&'a Schema>),
    /// Inside a custom kind.
    Known(&'a Schema),
    /// Inside a core kind, or metadata: the field's name and its parent's, where the table below
    /// knows them.
    Named(&'static str, &'static str),
    /// Nothing is known of it.
    Opaque,
}

/// How a list merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListMerge<'a> {
    /// As one value.
    Whole,
    /// As a set of values.
    Set,
    /// By these fields of its items.
    Keys(&'a [String]),
    /// The same, from the table of core kinds.
    CoreKeys(&'static [&'static str]),
}

impl<'a> ListMerge<'a> {
    /// The key fields, if items are told apart by any.
    pub(super) fn keys(self) -> Vec<&'a str> {
        match self {
            Self::Whole | Self::Set => Vec::new(),
            Self::Keys(keys) => keys.iter().map(String::as_str).collect(),
            Self::CoreKeys(keys) => keys.to_vec(),
        }
    }
}

/// Lists of core kinds: parent (empty: any), field, keys. Strategic merge uses the first key.
const LISTS: &[(&str, &str, &[&str])] = &[
    ("", "containers", &["name"]),
    ("", "initContainers", &["name"]),
    ("", "ephemeralContainers", &["name"]),
    ("", "containerStatuses", &["name"]),
    ("containers", "ports", &["containerPort", "protocol"]),
    ("initContainers", "ports", &["containerPort", "protocol"]),
    ("spec", "ports", &["port", "protocol"]),
    ("", "env", &["name"]),
    ("", "volumes", &["name"]),
    ("", "volumeMounts", &["mountPath"]),
    ("", "volumeDevices", &["devicePath"]),
    ("", "imagePullSecrets", &["name"]),
    ("", "secrets", &["name"]),
    ("", "hostAliases", &["ip"]),
    ("", "podIPs", &["ip"]),
    ("", "conditions", &["type"]),
    ("", "addresses", &["type"]),
    (
        "",
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
    ("metadata", "ownerReferences", &["uid"]),
];

/// Lists of core kinds that are sets of values.
const SETS: &[&str] = &["finalizers"];

/// Maps of core kinds that have one owner.
const WHOLE_MAPS: &[&str] = &[
    "selector",
    "nodeSelector",
    "labelSelector",
    "secretKeyRef",
    "configMapKeyRef",
    "fieldRef",
    "resourceFieldRef",
    "claimRef",
    "involvedObject",
];

/// Names that matter only as parents.
const PARENTS: &[&str] = &["spec", "metadata"];

fn known(name: &str) -> &'static str {
    LISTS
        .iter()
        .map(|(_, field, _)| *field)
        .chain(SETS.iter().copied())
        .chain(WHOLE_MAPS.iter().copied())
        .chain(PARENTS.iter().copied())
        .find(|known| *known == name)
        .unwrap_or_default()
}

impl<'a> Shape<'a> {
    /// The shape of a field or key.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Self::Root(_) if name == "metadata" => Self::Named("metadata", ""),
            Self::Root(Some(schema)) | Self::Known(schema) => schema
                .field(name)
                .map_or(Self::Opaque, |field| Self::Known(field)),
            Self::Root(None) => Self::Named(known(name), ""),
            Self::Named(own, _) => Self::Named(known(name), own),
            Self::Opaque => Self::Opaque,
        }
    }

    /// The shape of a list's items.
    pub(super) fn items(self) -> Self {
        match self {
            Self::Known(Schema {
                form: Form::List(items, _),
                ..
            }) => Self::Known(items),
            Self::Named(own, _) => Self::Named(own, ""),
            Self::Root(_) | Self::Known(_) | Self::Opaque => Self::Opaque,
        }
    }

    /// How the list here merges.
    pub(super) fn list(self) -> ListMerge<'a> {
        match self {
            Self::Known(Schema {
                form: Form::List(_, merge),
                ..
            }) => match merge {
                Merge::Atomic => ListMerge::Whole,
                Merge::Set => ListMerge::Set,
                Merge::Keys(keys) => ListMerge::Keys(keys),
            },
            Self::Named(own, _) if SETS.contains(&own) => ListMerge::Set,
            Self::Named(own, parent) => LISTS
                .iter()
                .find(|(within, field, _)| {
                    *field == own && (within.is_empty() || *within == parent)
                })
                .map_or(ListMerge::Whole, |(_, _, keys)| ListMerge::CoreKeys(keys)),
            Self::Root(_) | Self::Known(_) | Self::Opaque => ListMerge::Whole,
        }
    }

    /// Whether the map here has one owner.
    pub(super) fn is_whole_map(self) -> bool {
        match self {
            Self::Known(Schema {
                form: Form::Object(object),
                ..
            }) => object.atomic,
            Self::Named(own, _) => WHOLE_MAPS.contains(&own),
            Self::Root(_) | Self::Known(_) | Self::Opaque => false,
        }
    }
}

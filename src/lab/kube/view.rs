//! Objects as a client asked for them: in which version of the kind, and in which form.
//!
//! One thing is stored under two kinds: events, which the core group and `events.k8s.io` show with
//! other names for the same fields.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::kinds::Kind;
use super::meta;

/// Core events, and the same in the group `events.k8s.io`.
const EVENTS: &str = "events.events.k8s.io";

/// `events.k8s.io` field → core field.
const EVENT_FIELDS: &[(&str, &str)] = &[
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedCount", "count"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
];

/// A kind in one of its versions.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The kind.
    pub(super) kind: Arc<Kind>,
    /// The version asked for.
    pub(super) version: String,
}

impl View {
    /// Where the objects are stored.
    pub(super) fn table(&self) -> String {
        let resource = self.kind.resource();
        if resource == EVENTS {
            "events".to_owned()
        } else {
            resource
        }
    }

    /// `argoproj.io/v1alpha1`.
    pub(super) fn api_version(&self) -> String {
        self.kind.api_version_in(&self.version)
    }

    /// `ApplicationList`.
    pub(super) fn list_kind(&self) -> String {
        format!("{}List", self.kind.kind)
    }

    /// A stored object as this version shows it.
    pub(super) fn show<'a>(&self, stored: &'a Value) -> Cow<'a, Value> {
        let wanted = self.api_version();
        if meta::text(stored, "/apiVersion") == wanted {
            return Cow::Borrowed(stored);
        }
        let mut shown = stored.clone();
        let map = meta::map(&mut shown);
        map.insert("apiVersion".into(), json!(wanted));
        if self.kind.resource() == EVENTS {
            rename(map, EVENT_FIELDS.iter().map(|(new, core)| (*core, *new)));
        }
        Cow::Owned(shown)
    }

    /// An object of this version as it is stored.
    pub(super) fn store(&self, mut given: Value) -> Value {
        let map = meta::map(&mut given);
        map.insert("apiVersion".into(), json!(self.kind.api_version()));
        if self.kind.resource() == EVENTS {
            map.insert("apiVersion".into(), json!("v1"));
            rename(map, EVENT_FIELDS.iter().copied());
        }
        given
    }
}

fn rename(
    map: &mut Map<String, Value>,
    fields: impl Iterator<Item = (&'static str, &'static str)>,
) {
    for (from, to) in fields {
        if let Some(value) = map.remove(from) {
            map.insert(to.to_owned(), value);
        }
    }
}

/// Only the metadata of an object.
pub(super) fn partial(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata"),
    })
}

//! Who owns which fields: `metadata.managedFields`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::Fields;
use super::meta::{self, text};
use super::shape::Shape;

/// What nobody owns: identity and what the server keeps.
const UNOWNED: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "generateName",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "resourceVersion",
    "generation",
    "managedFields",
    "selfLink",
];

/// One manager's fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manager {
    /// `kubectl-client-side-apply`.
    pub(super) name: String,
    /// `Apply` or `Update`.
    pub(super) operation: String,
    /// The version that the fields are named in.
    pub(super) api_version: String,
    /// `status`, or empty.
    pub(super) subresource: String,
    /// When they last changed.
    pub(super) time: String,
    /// The fields.
    pub(super) fields: Fields,
}

impl Manager {
    /// Whether these are entries of the same manager.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && self.operation == other.operation
            && self.subresource == other.subresource
            && self.api_version == other.api_version
    }

    /// As messages name it.
    pub(super) fn shown(&self) -> String {
        let subresource = match self.subresource.as_str() {
            "" => String::new(),
            name => format!(" with subresource \"{name}\""),
        };
        format!("\"{}\"{subresource} using {}", self.name, self.api_version)
    }

    fn to_value(&self) -> Value {
        let mut value = json!({
            "manager": self.name, "operation": self.operation, "apiVersion": self.api_version,
            "time": self.time, "fieldsType": "FieldsV1", "fieldsV1": self.fields.write(),
        });
        if !self.subresource.is_empty() {
            meta::map(&mut value).insert("subresource".into(), json!(self.subresource));
        }
        value
    }
}

/// An object without what nobody owns.
pub(super) fn owned(object: &Value) -> Value {
    let mut owned = object.clone();
    let map = meta::map(&mut owned);
    map.remove("apiVersion");
    map.remove("kind");
    let metadata = meta::member(map, "metadata");
    metadata.retain(|name, _| !UNOWNED.contains(&name.as_str()));
    if metadata.is_empty() {
        map.remove("metadata");
    }
    owned
}

/// The managers of an object.
pub(super) fn read(object: &Value) -> Vec<Manager> {
    let list = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|entry| {
            let given = |name: &str| text(entry, &format!("/{name}")).to_owned();
            Manager {
                name: given("manager"),
                operation: given("operation"),
                api_version: given("apiVersion"),
                subresource: given("subresource"),
                time: given("time"),
                fields: entry.get("fieldsV1").map(Fields::read).unwrap_or_default(),
            }
        })
        .collect()
}

/// Writes the managers into an object; those without fields are left out.
pub(super) fn write(object: &mut Value, managers: &[Manager]) {
    let list = managers
        .iter()
        .filter(|manager| !manager.fields.0.is_empty())
        .map(Manager::to_value)
        .collect::<Vec<_>>();
    let metadata = meta::metadata(object);
    if list.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".into(), Value::Array(list));
    }
}

/// Gives what an update changed to the one who made it, and takes it from the others.
pub(super) fn track_update(
    before: Option<&Value>,
    after: &mut Value,
    by: Manager,
    shape: Shape<'_>,
    now: Timestamp,
) {
    let mut managers = before.map(read).unwrap_or_default();
    let old = before.map_or_else(|| json!({}), owned);
    let (changed, removed) = Fields::difference(&old, &owned(after), shape);
    if changed.0.is_empty() && removed.0.is_empty() {
        write(after, &managers);
        return;
    }
    for manager in managers.iter_mut().filter(|manager| !manager.is(&by)) {
        manager
            .fields
            .0
            .retain(|path| !changed.0.contains(path) && !removed.covers(path));
    }
    let time = meta::date(now);
    match managers.iter_mut().find(|manager| manager.is(&by)) {
        Some(own) => {
            own.fields.0.retain(|path| !removed.covers(path));
            own.fields.0.extend(changed.0);
            own.time = time;
        }
        None => managers.push(Manager {
            fields: changed,
            time,
            ..by
        }),
    }
    write(after, &managers);
}

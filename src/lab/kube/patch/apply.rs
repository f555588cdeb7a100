//! Server-side apply: each manager states the fields it wants, owns them, and gives up those that it
//! no longer states.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::fields::{self, Fields, Path, element};
use super::super::managers::{self, Manager};
use super::super::meta;
use super::super::shape::{ListMerge, Shape};
use super::super::status::{Cause, Failure};
use super::super::validate;
use super::super::write::{Settled, Writer, Written};

/// The manager that owns what an object had before anyone was tracked.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// Applies a configuration.
pub(super) fn apply(writer: &Writer<'_>, mut given: Value) -> Result<Written, Failure> {
    if writer.params.text("fieldManager").is_empty() {
        return Err(Failure::new(
            422,
            "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required \
             for apply patch",
        ));
    }
    if !given.is_object() {
        return Err(Failure::bad_request(
            "the applied configuration is not an object",
        ));
    }
    let wanted = (writer.view.api_version(), writer.view.kind.kind.as_str());
    let stated = (
        meta::text(&given, "/apiVersion").to_owned(),
        meta::text(&given, "/kind"),
    );
    if stated != wanted {
        return Err(Failure::bad_request(format!(
            "incorrect object type: found {} {}, expected {} {}",
            stated.0, stated.1, wanted.0, wanted.1
        )));
    }
    let (namespace, name) = writer.key();
    let metadata = meta::metadata(&mut given);
    if metadata
        .get("managedFields")
        .is_some_and(|list| *list != json!([]))
    {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    metadata.remove("managedFields");
    metadata.insert("name".into(), json!(name));
    if !namespace.is_empty() {
        metadata.insert("namespace".into(), json!(namespace));
        writer.check_namespace(&namespace)?;
    }
    let given = writer.view.store(given);
    writer.transact(writer.key(), |before| match before {
        None => first(writer, given),
        Some(before) => again(writer, before, &given),
    })
}

fn first(writer: &Writer<'_>, given: Value) -> Result<Settled, Failure> {
    let kind = &writer.view.kind;
    let name = writer.key().1;
    if let Some(cause) = validate::name_cause(&name, &kind.group) {
        return Err(Failure::invalid(kind, &name, &[cause]));
    }
    let own = Manager {
        fields: stated(writer, &given),
        ..writer.by("Apply")
    };
    writer.settle_applied(None, given, &[own])
}

fn again(writer: &Writer<'_>, before: &Value, given: &Value) -> Result<Settled, Failure> {
    let shape = writer.shape();
    let mut others = managers::read(before);
    if others.is_empty() {
        others.push(untracked(writer, before));
    }
    let mut own = writer.by("Apply");
    own.fields = stated(writer, given);
    let last = others
        .iter()
        .position(|manager| manager.is(&own))
        .map(|at| others.remove(at));

    let mut merged = before.clone();
    merge(&mut merged, given, shape);
    if let Some(last) = &last {
        give_up(&mut merged, last, &own, &others, shape);
    }
    let (changed, removed) =
        Fields::difference(&managers::owned(before), &managers::owned(&merged), shape);
    let conflicts = conflicts(&others, &changed, &own);
    if !conflicts.is_empty() && !writer.params.flag("force") {
        return Err(refuse(&conflicts));
    }
    for manager in &mut others {
        manager.fields.0.retain(|path| {
            let taken = changed.0.contains(path) && own.fields.0.contains(path);
            !taken && !removed.covers(path)
        });
    }
    if let Some(last) = last
        && changed.0.is_empty()
        && removed.0.is_empty()
        && last.fields == own.fields
    {
        own.time = last.time;
    }
    others.push(own);
    writer.settle_applied(Some(before), merged, &others)
}

/// The fields that a configuration states, without its identity.
fn stated(writer: &Writer<'_>, given: &Value) -> Fields {
    let owned = managers::owned(given);
    if owned.as_object().is_none_or(Map::is_empty) {
        return Fields::default();
    }
    let mut fields = Fields::stated(&owned, writer.shape());
    if writer.view.kind.status {
        let of_status = writer.target.subresource.as_deref() == Some("status");
        let is_status = |path: &Path| path.first().is_some_and(|first| first == "f:status");
        fields.0.retain(|path| is_status(path) == of_status);
    }
    fields
}

/// What an object has that was never tracked.
fn untracked(writer: &Writer<'_>, before: &Value) -> Manager {
    let mut owned = managers::owned(before);
    if writer.view.kind.status {
        meta::map(&mut owned).remove("status");
    }
    let by = writer.by("Update");
    Manager {
        name: BEFORE_FIRST_APPLY.into(),
        fields: Fields::stated(&owned, writer.shape()),
        subresource: String::new(),
        ..by
    }
}

/// Merges a configuration into the object: its leaves win, its items find theirs by key.
fn merge(live: &mut Value, given: &Value, shape: Shape<'_>) {
    match given {
        Value::Object(fields) if !shape.is_whole_map() && live.is_object() => {
            let live = meta::map(live);
            for (name, field) in fields {
                match live.get_mut(name) {
                    Some(have) => merge(have, field, shape.field(name)),
                    None => {
                        live.insert(name.clone(), field.clone());
                    }
                }
            }
        }
        Value::Array(items) if shape.list() != ListMerge::Whole && live.is_array() => {
            let Value::Array(have) = live else { return };
            let by = shape.list();
            for item in items {
                let key = element(item, by);
                match have.iter_mut().find(|one| element(one, by) == key) {
                    Some(one) => merge(one, item, shape.items()),
                    None => have.push(item.clone()),
                }
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => *live = given.clone(),
    }
}

/// Takes out what the manager stated last time, no longer states, and nobody else owns.
fn give_up(
    object: &mut Value,
    last: &Manager,
    own: &Manager,
    others: &[Manager],
    shape: Shape<'_>,
) {
    let mut gone = last
        .fields
        .0
        .iter()
        .filter(|path| {
            let below = |fields: &Fields| {
                let mut all = fields.0.iter();
                all.any(|other| other.starts_with(path))
            };
            !below(&own.fields) && !others.iter().any(|other| below(&other.fields))
        })
        .collect::<Vec<&Path>>();
    // An item goes before its key does, or it could not be found again.
    gone.sort_by_key(|path| path.len());
    for path in gone {
        fields::remove(object, path, shape);
    }
}

fn conflicts<'a>(
    others: &'a [Manager],
    changed: &Fields,
    own: &Manager,
) -> Vec<(&'a Manager, Path)> {
    let mut conflicts = Vec::new();
    for manager in others {
        for path in &manager.fields.0 {
            if changed.0.contains(path) && own.fields.0.contains(path) {
                conflicts.push((manager, path.clone()));
            }
        }
    }
    conflicts
}

fn refuse(conflicts: &[(&Manager, Path)]) -> Failure {
    let causes = conflicts
        .iter()
        .map(|(manager, path)| Cause {
            reason: "FieldManagerConflict",
            message: format!("conflict with {}", manager.shown()),
            field: fields::shown(path),
        })
        .collect::<Vec<_>>();
    if let [only] = causes.as_slice() {
        let message = format!(
            "Apply failed with 1 conflict: {}: {}",
            only.message, only.field
        );
        return Failure::apply_conflict(message, &causes);
    }
    let mut by_manager = BTreeMap::<String, Vec<String>>::new();
    for (manager, path) in conflicts {
        let list = by_manager.entry(manager.shown()).or_default();
        list.push(format!("- {}", fields::shown(path)));
    }
    let parts = by_manager
        .into_iter()
        .map(|(manager, paths)| format!("conflicts with {manager}:\n{}", paths.join("\n")));
    let message = format!(
        "Apply failed with {} conflicts: {}",
        causes.len(),
        parts.collect::<Vec<_>>().join("\n")
    );
    Failure::apply_conflict(message, &causes)
}

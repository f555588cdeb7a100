//! What the store itself writes into an object's metadata: type, uid, dates, generation, version.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::kinds::Kind;
use super::objects::Key;

/// An object's place in its table.
pub(super) fn key(object: &Value) -> Key {
    (
        text(object, "/metadata/namespace").to_owned(),
        text(object, "/metadata/name").to_owned(),
    )
}

/// A string in an object, empty when it is not there.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The object's metadata, made when it is missing.
pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    member(map(object), "metadata")
}

/// A member that is an object, made (or made anew) when it is not.
pub(super) fn member<'a>(
    parent: &'a mut Map<String, Value>,
    name: &str,
) -> &'a mut Map<String, Value> {
    map(parent
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new())))
}

/// The value as an object; what is not one becomes an empty one.
pub(super) fn map(value: &mut Value) -> &mut Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => {
            *other = Value::Object(Map::new());
            map(other)
        }
    }
}

/// Seconds, as Kubernetes writes dates.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A random identifier (RFC 9562, version 4).
pub(super) fn uid() -> String {
    let mut random = [0_u8; 16];
    if getrandom::fill(&mut random).is_err() {
        random.fill(7);
    }
    let bits =
        (u128::from_be_bytes(random) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut out = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// The object as it is stored: identity from what was there before, or new.
pub(super) fn settle(
    mut object: Value,
    before: Option<&Value>,
    kind: &Kind,
    now: Timestamp,
) -> Value {
    let root = map(&mut object);
    root.insert("apiVersion".into(), json!(kind.api_version()));
    root.insert("kind".into(), json!(kind.kind));
    let inherited = |name: &str| before?.pointer(&format!("/metadata/{name}")).cloned();
    let given = Some(text(&object, "/metadata/uid")).filter(|uid| !uid.is_empty());
    let uid_now = inherited("uid")
        .or_else(|| given.map(|uid| json!(uid)))
        .unwrap_or_else(|| json!(uid()));
    let created = inherited("creationTimestamp");
    let generation = generation(&object, before, kind);
    let meta = metadata(&mut object);
    meta.insert("uid".into(), uid_now);
    match created {
        Some(created) => meta.insert("creationTimestamp".into(), created),
        None => meta.insert("creationTimestamp".into(), kept_date(meta, now)),
    };
    match generation {
        Some(generation) => meta.insert("generation".into(), json!(generation)),
        None => meta.remove("generation"),
    };
    if !kind.namespaced {
        meta.remove("namespace");
    }
    if !meta.contains_key("managedFields")
        && let Some(fields) = inherited("managedFields")
    {
        meta.insert("managedFields".into(), fields);
    }
    object
}

/// A scenario may say that an object is older than the lab (and which uid it has); clients cannot (the server clears it).
fn kept_date(meta: &Map<String, Value>, now: Timestamp) -> Value {
    meta.get("creationTimestamp")
        .filter(|given| given.is_string())
        .cloned()
        .unwrap_or_else(|| json!(date(now)))
}

/// Rises when what is wanted changes: everything but metadata, and but status where that is a
/// subresource of its own.
fn generation(object: &Value, before: Option<&Value>, kind: &Kind) -> Option<u64> {
    if !kind.has_generation() {
        return None;
    }
    let Some(before) = before else {
        return Some(1);
    };
    let last = before
        .pointer("/metadata/generation")
        .and_then(Value::as_u64)
        .unwrap_or(1);
    let (Some(new), Some(old)) = (object.as_object(), before.as_object()) else {
        return Some(last);
    };
    let counts = |name: &&String| *name != "metadata" && !(kind.status && *name == "status");
    let changed = new
        .keys()
        .chain(old.keys())
        .filter(counts)
        .any(|name| new.get(name) != old.get(name));
    Some(if changed { last + 1 } else { last })
}

/// Whether two states of an object differ only in what the store counts.
pub(super) fn same(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return old == new;
    };
    old.len() == new.len()
        && old.iter().all(|(name, value)| match name.as_str() {
            "metadata" => same_metadata(value, new.get(name)),
            _ => new.get(name) == Some(value),
        })
}

fn same_metadata(old: &Value, new: Option<&Value>) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.and_then(Value::as_object)) else {
        return false;
    };
    let counts = |name: &&String| *name != "resourceVersion";
    old.keys()
        .chain(new.keys())
        .filter(counts)
        .all(|name| old.get(name) == new.get(name))
}

/// Being deleted, and nothing holds it any more.
pub(super) fn is_finished(object: &Value) -> bool {
    let held = object
        .pointer("/metadata/finalizers")
        .and_then(Value::as_array)
        .is_some_and(|finalizers| !finalizers.is_empty());
    object.pointer("/metadata/deletionTimestamp").is_some() && !held
}

/// Writes the resource version.
pub(super) fn set_revision(object: &mut Value, revision: u64) {
    metadata(object).insert("resourceVersion".into(), json!(revision.to_string()));
}

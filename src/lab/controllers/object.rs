//! Reading and writing JSON objects by pointer, and the small conventions that every Kubernetes
//! controller shares: dates, owners, conditions.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

/// A string in an object, empty when it is not there.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

/// A list in an object, empty when it is not there.
pub(crate) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    let found = object.pointer(pointer).and_then(Value::as_array);
    found.map(Vec::as_slice).unwrap_or_default()
}

/// A whole number in an object.
pub(crate) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// Whether a flag is set.
pub(crate) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// The object's name.
pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The object's namespace, empty for what has none.
pub(crate) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// An annotation, by its whole name.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// Puts `value` at `pointer`, making objects on the way; an item that a list does not have is not
/// made.
pub(crate) fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if let Value::Array(items) = place {
            let item = step
                .parse()
                .ok()
                .and_then(|index: usize| items.get_mut(index));
            let Some(item) = item else { return };
            place = item;
            continue;
        }
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(map) = place.as_object_mut() else {
            return;
        };
        place = map.entry(step).or_insert(Value::Null);
    }
    *place = value;
}

/// Takes away the last step of `pointer`.
pub(super) fn unset(object: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(map) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
        map.remove(&key.replace("~1", "/").replace("~0", "~"));
    }
}

/// Appends to a list, making it first.
pub(super) fn push(object: &mut Value, pointer: &str, value: Value) {
    match object.pointer_mut(pointer).and_then(Value::as_array_mut) {
        Some(list) => list.push(value),
        None => set(object, pointer, json!([value])),
    }
}

/// A date as Kubernetes writes it, in whole seconds.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A date that an object holds.
pub(crate) fn dated(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// The reference that makes `owner` responsible for another object.
pub(super) fn owner(owner: &Value) -> Value {
    json!([{
        "apiVersion": text(owner, "/apiVersion"), "kind": text(owner, "/kind"),
        "name": name(owner), "uid": text(owner, "/metadata/uid"),
        "controller": true, "blockOwnerDeletion": true,
    }])
}

/// Whether `owner` is the first owner of `object`.
pub(super) fn owned_by(object: &Value, owner: &Value) -> bool {
    text(object, "/metadata/ownerReferences/0/uid") == text(owner, "/metadata/uid")
}

/// A condition of an object's status.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut all = items(object, "/status/conditions").iter();
    all.find(|condition| text(condition, "/type") == kind)
}

/// Whether a condition is there and True.
pub(crate) fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|found| text(found, "/status") == "True")
}

/// Whether a condition in the list at `pointer` is True.
pub(crate) fn holds_in(object: &Value, pointer: &str, kind: &str) -> bool {
    let mut all = items(object, pointer).iter();
    all.any(|found| text(found, "/type") == kind && text(found, "/status") == "True")
}

/// One condition as a controller would write it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) met: bool,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// Writes a condition into a list of conditions; the transition date moves only with the status.
pub(super) fn write_condition(
    list: &mut Value,
    condition: Condition<'_>,
    generation: Option<i64>,
    now: Timestamp,
) {
    let status = if condition.met { "True" } else { "False" };
    let mut new = json!({
        "type": condition.kind, "status": status, "reason": condition.reason,
        "message": condition.message, "lastTransitionTime": date(now),
    });
    if let Some(generation) = generation {
        set(&mut new, "/observedGeneration", json!(generation));
    }
    if !list.is_array() {
        *list = json!([]);
    }
    let Some(all) = list.as_array_mut() else {
        return;
    };
    let old = all
        .iter_mut()
        .find(|old| text(old, "/type") == condition.kind);
    match old {
        Some(old) => {
            if text(old, "/status") == status {
                let since = text(old, "/lastTransitionTime").to_owned();
                set(&mut new, "/lastTransitionTime", json!(since));
            }
            *old = new;
        }
        None => all.push(new),
    }
}

/// Writes a condition into `status.conditions`.
pub(super) fn conclude(
    object: &mut Value,
    condition: Condition<'_>,
    generation: Option<i64>,
    now: Timestamp,
) {
    if object.pointer("/status/conditions").is_none() {
        set(object, "/status/conditions", json!([]));
    }
    if let Some(list) = object.pointer_mut("/status/conditions") {
        write_condition(list, condition, generation, now);
    }
}

/// Writes a condition from outside of the controllers.
pub(crate) fn put_condition(
    object: &mut Value,
    (kind, met): (&str, bool),
    (reason, message): (&str, &str),
    now: Timestamp,
) {
    let written = Condition {
        kind,
        met,
        reason,
        message,
    };
    conclude(object, written, generation(object), now);
}

/// The object's generation.
pub(super) fn generation(object: &Value) -> Option<i64> {
    number(object, "/metadata/generation")
}

/// `length` hexadecimal digits that follow from `seed`.
pub(super) fn hex(seed: &str, length: usize) -> String {
    let bytes = digest(&SHA256, seed.as_bytes());
    let digits = bytes
        .as_ref()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .take(length)
        .collect()
}

/// `length` letters of the alphabet that Kubernetes takes for generated names.
pub(super) fn suffix(seed: &str, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let bytes = digest(&SHA256, seed.as_bytes());
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied();
    let letters = bytes.as_ref().iter().filter_map(letter);
    letters.take(length).map(char::from).collect()
}

/// Whether every part of `wanted` is in `live`: lists must match item by item.
pub(super) fn contains(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => wanted.iter().all(|(key, value)| {
            value.is_null() || live.get(key).is_some_and(|found| contains(found, value))
        }),
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len() && live.iter().zip(wanted).all(|(a, b)| contains(a, b))
        }
        (live, wanted) => live == wanted,
    }
}

/// Lays `wanted` over `live`, objects member by member, anything else whole.
pub(super) fn overlay(live: &mut Value, wanted: &Value) {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            for (key, value) in wanted {
                match live.get_mut(key) {
                    Some(place) => overlay(place, value),
                    None => {
                        live.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(live), Value::Array(wanted)) if live.len() == wanted.len() => {
            for (place, value) in live.iter_mut().zip(wanted) {
                overlay(place, value);
            }
        }
        (live, wanted) => *live = wanted.clone(),
    }
}

/// Whether an object's labels have all that a selector wants.
pub(super) fn selected(object: &Value, selector: Option<&Value>) -> bool {
    let Some(wanted) = selector.and_then(Value::as_object) else {
        return false;
    };
    let labels = object.pointer("/metadata/labels");
    !wanted.is_empty()
        && wanted
            .iter()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_a_list_is_reached_and_a_missing_one_is_not_made() {
        let mut pod = json!({"status": {"conditions": [{"type": "Ready"}]}});
        set(&mut pod, "/status/conditions/0/reason", json!("Done"));
        set(&mut pod, "/status/conditions/1/reason", json!("Lost"));
        set(&mut pod, "/status/phase", json!("Succeeded"));
        let status =
            json!({"conditions": [{"type": "Ready", "reason": "Done"}], "phase": "Succeeded"});
        assert_eq!(pod["status"], status);
    }
}

//! Strategic merge patches of core kinds: lists merge by the key of their items, and directives
//! (`$patch`, `$deleteFromPrimitiveList`, `$setElementOrder`, `$retainKeys`) say what to take away.

use serde_json::{Map, Value};

use super::super::shape::{ListMerge, Shape};

const DIRECTIVE: &str = "$patch";

/// Merges a patch into an object.
pub(super) fn merge(target: &mut Value, patch: Value, shape: Shape<'_>) {
    let Value::Object(mut patch) = patch else {
        *target = patch;
        return;
    };
    if patch.remove(DIRECTIVE).is_some_and(|one| one == "replace") {
        *target = Value::Object(patch);
        return;
    }
    let target = super::super::meta::map(target);
    if let Some(Value::Array(kept)) = patch.remove("$retainKeys") {
        target.retain(|name, _| kept.iter().any(|one| one == name));
    }
    let mut orders = Vec::new();
    for (name, value) in patch {
        if let Some(field) = name.strip_prefix("$setElementOrder/") {
            orders.push((field.to_owned(), value));
        } else if let Some(field) = name.strip_prefix("$deleteFromPrimitiveList/") {
            take_out(target, field, &value);
        } else {
            merge_field(target, name, value, shape);
        }
    }
    for (field, order) in orders {
        let merge = shape.field(&field).list();
        if let (Some(Value::Array(items)), Value::Array(order)) = (target.get_mut(&field), order) {
            sort(items, &order, merge);
        }
    }
}

fn merge_field(target: &mut Map<String, Value>, name: String, value: Value, shape: Shape<'_>) {
    let inner = shape.field(&name);
    match value {
        Value::Null => {
            target.remove(&name);
        }
        Value::Object(map) if map.get(DIRECTIVE).is_some_and(|one| one == "delete") => {
            target.remove(&name);
        }
        Value::Object(_) => merge(target.entry(name).or_insert(Value::Null), value, inner),
        Value::Array(items) => match inner.list() {
            ListMerge::Whole => {
                target.insert(name, Value::Array(without_directives(items)));
            }
            by @ (ListMerge::Set | ListMerge::Keys(_) | ListMerge::CoreKeys(_)) => {
                let have = target
                    .entry(name)
                    .or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(have) = have {
                    merge_list(have, items, by, inner.items());
                }
            }
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            target.insert(name, value);
        }
    }
}

fn without_directives(items: Vec<Value>) -> Vec<Value> {
    items
        .into_iter()
        .filter(|item| item.get(DIRECTIVE).is_none())
        .collect()
}

fn merge_list(have: &mut Vec<Value>, items: Vec<Value>, by: ListMerge<'_>, shape: Shape<'_>) {
    let replaces = |item: &Value| item.get(DIRECTIVE).is_some_and(|one| one == "replace");
    if items.iter().any(replaces) {
        *have = without_directives(items);
        return;
    }
    for item in items {
        let at = have.iter().position(|one| same(one, &item, by));
        let deletes = item.get(DIRECTIVE).is_some_and(|one| one == "delete");
        match (at, deletes) {
            (Some(at), true) => {
                have.remove(at);
            }
            (None, true) => {}
            (Some(at), false) => {
                if let Some(one) = have.get_mut(at) {
                    merge(one, item, shape);
                }
            }
            (None, false) => have.push(item),
        }
    }
}

/// Whether two items are the same one: equal, or with the same (first) key.
fn same(one: &Value, other: &Value, by: ListMerge<'_>) -> bool {
    match by.keys().first() {
        None => one == other,
        Some(key) => one.get(key).is_some() && one.get(key) == other.get(key),
    }
}

fn take_out(target: &mut Map<String, Value>, field: &str, values: &Value) {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(Value::Array(items)) = target.get_mut(field) {
        items.retain(|item| !values.contains(item));
    }
}

/// Items in the order that the patch names; those that it does not name stay behind them.
fn sort(items: &mut [Value], order: &[Value], by: ListMerge<'_>) {
    items.sort_by_key(|item| {
        order
            .iter()
            .position(|one| same(one, item, by))
            .unwrap_or(usize::MAX)
    });
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::by_name(
        json!({"spec": {"containers": [{"name": "a", "image": "2"}]}}),
        json!([{"name": "a", "image": "2", "tty": true}, {"name": "b", "image": "1"}])
    )]
    #[case::delete(
        json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}),
        json!([{"name": "b", "image": "1"}])
    )]
    #[case::replace(
        json!({"spec": {"containers": [{"$patch": "replace"}, {"name": "c"}]}}),
        json!([{"name": "c"}])
    )]
    #[case::order(
        json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
                        "containers": [{"name": "a", "tty": null}]}}),
        json!([{"name": "b", "image": "1"}, {"name": "a", "image": "1"}])
    )]
    fn containers(#[case] patch: Value, #[case] expected: Value) {
        let mut pod = json!({"spec": {"containers": [
            {"name": "a", "image": "1", "tty": true}, {"name": "b", "image": "1"}]}});
        merge(&mut pod, patch, Shape::Root(None));
        assert_eq!(pod["spec"]["containers"], expected);
    }

    #[test]
    fn maps_and_sets() {
        let mut object = json!({"metadata": {"labels": {"a": "1", "b": "2"}, "finalizers": ["x", "y"]},
            "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
                     "tolerations": [{"key": "a"}]}});
        let patch = json!({"metadata": {"labels": {"a": null, "c": "3"}, "finalizers": ["z"],
                                        "$deleteFromPrimitiveList/finalizers": ["x"]},
            "spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"},
                     "tolerations": [{"key": "b"}]}});
        merge(&mut object, patch, Shape::Root(None));
        assert_eq!(
            object,
            json!({"metadata": {"labels": {"b": "2", "c": "3"}, "finalizers": ["y", "z"]},
                   "spec": {"strategy": {"type": "Recreate"}, "tolerations": [{"key": "b"}]}})
        );
    }
}

//! Sets of fields, as `managedFields` write them (`FieldsV1`), and where they are in an object.
//!
//! A path is a list of elements: `f:spec`, `k:{"name":"web"}`, `v:"finalizer"`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::shape::{ListMerge, Shape};

/// One field: its elements from the root.
pub(super) type Path = Vec<String>;

/// Fields of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) BTreeSet<Path>);

impl Fields {
    /// Every field that an applied configuration states: leaves, list items, empty maps.
    pub(super) fn stated(value: &Value, shape: Shape<'_>) -> Self {
        let mut fields = Self::default();
        fields.state(value, shape, &mut Vec::new());
        fields
    }

    fn state(&mut self, value: &Value, shape: Shape<'_>, path: &mut Path) {
        let parts = parts(value, shape);
        if parts.is_empty() {
            self.0.insert(path.clone());
        }
        for (element, part, inner) in parts {
            if !element.starts_with("f:") {
                let mut item = path.clone();
                item.push(element.clone());
                self.0.insert(item);
            }
            path.push(element);
            self.state(part, inner, path);
            path.pop();
        }
    }

    /// What is new or other in `after`, and what of `before` is gone.
    pub(super) fn difference(before: &Value, after: &Value, shape: Shape<'_>) -> (Self, Self) {
        let (mut changed, mut removed) = (Self::default(), Self::default());
        differ(
            Some(before),
            after,
            shape,
            &mut Vec::new(),
            &mut (&mut changed, &mut removed),
        );
        (changed, removed)
    }

    /// Reads `FieldsV1`.
    pub(super) fn read(value: &Value) -> Self {
        let mut fields = Self::default();
        fields.read_into(value, &mut Vec::new());
        fields
    }

    fn read_into(&mut self, value: &Value, path: &mut Path) {
        let Some(map) = value.as_object() else { return };
        if map.is_empty() && !path.is_empty() {
            self.0.insert(path.clone());
        }
        for (element, below) in map {
            if element == "." {
                self.0.insert(path.clone());
            } else {
                path.push(element.clone());
                self.read_into(below, path);
                path.pop();
            }
        }
    }

    /// Writes `FieldsV1`.
    pub(super) fn write(&self) -> Value {
        let mut root = Map::new();
        for path in &self.0 {
            let mut at = &mut root;
            for element in path {
                at = super::meta::member(at, element);
            }
            at.insert(".".into(), json!({}));
        }
        let mut root = Value::Object(root);
        tidy(&mut root);
        root
    }

    /// Whether a field, or one that it is in, is here.
    pub(super) fn covers(&self, path: &[String]) -> bool {
        (1..=path.len()).any(|end| path.get(..end).is_some_and(|path| self.0.contains(path)))
    }
}

/// A leaf is written as an empty map, not as one that holds only itself.
fn tidy(value: &mut Value) {
    let Some(map) = value.as_object_mut() else {
        return;
    };
    if map.len() == 1 && map.contains_key(".") {
        map.clear();
    }
    for below in map.values_mut() {
        tidy(below);
    }
}

/// The parts of a value that have owners of their own; none for a leaf.
fn parts<'v, 's>(value: &'v Value, shape: Shape<'s>) -> Vec<(String, &'v Value, Shape<'s>)> {
    match value {
        Value::Object(map) if !shape.is_whole_map() => map
            .iter()
            .map(|(name, field)| (format!("f:{name}"), field, shape.field(name)))
            .collect(),
        Value::Array(items) => {
            let merge = shape.list();
            let named = items
                .iter()
                .filter_map(|item| Some((element(item, merge)?, item, shape.items())));
            named.collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Vec::new()
        }
    }
}

/// The element that names a list's item; none where the list is one value.
pub(super) fn element(item: &Value, merge: ListMerge<'_>) -> Option<String> {
    match merge {
        ListMerge::Whole => None,
        ListMerge::Set => Some(format!("v:{item}")),
        ListMerge::Keys(_) | ListMerge::CoreKeys(_) => {
            let mut key = Map::new();
            for name in merge.keys() {
                let value = item.get(name).cloned();
                let value = value.or_else(|| (name == "protocol").then(|| json!("TCP")));
                if let Some(value) = value {
                    key.insert(name.to_owned(), value);
                }
            }
            (!key.is_empty()).then(|| format!("k:{}", Value::Object(key)))
        }
    }
}

fn differ(
    before: Option<&Value>,
    after: &Value,
    shape: Shape<'_>,
    path: &mut Path,
    into: &mut (&mut Fields, &mut Fields),
) {
    if before == Some(after) {
        return;
    }
    let old = before
        .map(|before| parts(before, shape))
        .unwrap_or_default();
    let new = parts(after, shape);
    if new.is_empty() && old.is_empty() {
        into.0.0.insert(path.clone());
        return;
    }
    let identity = path.len() <= 1 && path.first().is_none_or(|first| first == "f:metadata");
    if before.is_none() && !identity {
        into.0.0.insert(path.clone());
    }
    for (element, part, inner) in &new {
        let was = old.iter().find(|(name, ..)| name == element);
        path.push(element.clone());
        differ(was.map(|(_, part, _)| *part), part, *inner, path, into);
        path.pop();
    }
    for (element, ..) in &old {
        if !new.iter().any(|(name, ..)| name == element) {
            let mut gone = path.clone();
            gone.push(element.clone());
            into.1.0.insert(gone);
        }
    }
}

/// Takes a field out of an object.
pub(super) fn remove(value: &mut Value, path: &[String], shape: Shape<'_>) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    match value {
        Value::Object(map) => {
            let name = first.strip_prefix("f:").unwrap_or(first);
            if rest.is_empty() {
                map.remove(name);
            } else if let Some(inner) = map.get_mut(name) {
                remove(inner, rest, shape.field(name));
            }
        }
        Value::Array(items) => {
            let merge = shape.list();
            let at = items
                .iter()
                .position(|item| element(item, merge).as_ref() == Some(first));
            if let Some(at) = at {
                if rest.is_empty() {
                    items.remove(at);
                } else if let Some(item) = items.get_mut(at) {
                    remove(item, rest, shape.items());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A path as messages write it: `.spec.containers[name="web"].image`.
pub(super) fn shown(path: &[String]) -> String {
    path.iter().map(|element| shown_element(element)).collect()
}

fn shown_element(element: &str) -> String {
    if let Some(name) = element.strip_prefix("f:") {
        return format!(".{name}");
    }
    if let Some(value) = element.strip_prefix("v:") {
        return format!("[={value}]");
    }
    let key = element.strip_prefix("k:").unwrap_or_default();
    let key = serde_json::from_str::<Map<String, Value>>(key).unwrap_or_default();
    let key = key.iter().map(|(name, value)| format!("{name}={value}"));
    format!("[{}]", key.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: Shape<'static> = Shape::Root(None);

    #[test]
    fn stated_fields_are_written_as_kubernetes_does() {
        let object = json!({"metadata": {"labels": {"app": "web"}, "finalizers": ["a/b"]},
            "spec": {"containers": [{"name": "web", "image": "one", "args": ["x", "y"]}]}});
        let fields = Fields::stated(&object, CORE).write();
        assert_eq!(
            fields,
            json!({"f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {"v:\"a/b\"": {}}},
                   "f:spec": {"f:containers": {"k:{\"name\":\"web\"}":
                        {".": {}, "f:name": {}, "f:image": {}, "f:args": {}}}}})
        );
        assert_eq!(Fields::read(&fields).write(), fields);
    }

    #[test]
    fn differences_name_new_containers_and_what_is_gone() {
        let before = json!({"spec": {"a": 1, "gone": {"x": 1}}});
        let after = json!({"spec": {"a": 2, "new": {"b": true}}});
        let (changed, removed) = Fields::difference(&before, &after, CORE);
        assert_eq!(
            changed.write(),
            json!({"f:spec": {"f:a": {}, "f:new": {".": {}, "f:b": {}}}})
        );
        assert_eq!(removed.write(), json!({"f:spec": {"f:gone": {}}}));
    }

    #[test]
    fn items_are_removed_by_their_keys() {
        let mut object =
            json!({"spec": {"containers": [{"name": "a"}, {"name": "b", "image": "x"}]}});
        let path = ["f:spec", "f:containers", "k:{\"name\":\"b\"}", "f:image"].map(String::from);
        assert_eq!(shown(&path), ".spec.containers[name=\"b\"].image");
        remove(&mut object, &path, CORE);
        assert_eq!(object["spec"]["containers"][1], json!({"name": "b"}));
        remove(&mut object, &path[..3], CORE);
        assert_eq!(object["spec"]["containers"], json!([{"name": "a"}]));
    }
}

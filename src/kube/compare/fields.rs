//! Fields that differ, and fields that others have set. From JSON to words.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::domain::comparison::Difference;
use crate::domain::line::Line;

/// The most fields that are told.
const MOST: usize = 60;
/// The most characters of a value.
const LONGEST: usize = 120;

/// What of `applied` is not so in `live`. What the server or others added is no difference.
pub(super) fn against(applied: &Value, live: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    for part in ["metadata", "spec", "data", "rules", "subsets", "type"] {
        if let Some(applied) = applied.get(part) {
            walk(part, applied, live.get(part), &mut found);
        }
    }
    found
}

fn walk(at: &str, applied: &Value, live: Option<&Value>, found: &mut Vec<Difference>) {
    if found.len() >= MOST || is_same(applied, live) {
        return;
    }
    match (applied, live) {
        (Value::Object(applied), Some(Value::Object(live))) => {
            for (name, value) in applied {
                walk(&step(at, name), value, live.get(name), found);
            }
        }
        (Value::Array(applied), Some(Value::Array(live))) if is_named(applied) => {
            for each in applied {
                let name = each.get("name").and_then(Value::as_str).unwrap_or_default();
                let other = live
                    .iter()
                    .find(|it| it.get("name").and_then(Value::as_str) == Some(name));
                walk(&format!("{at}[name={name}]"), each, other, found);
            }
        }
        (Value::Array(applied), Some(Value::Array(live))) if applied.len() == live.len() => {
            for (number, (each, other)) in applied.iter().zip(live).enumerate() {
                walk(&format!("{at}[{number}]"), each, Some(other), found);
            }
        }
        _ => found.push(Difference {
            field: at.into(),
            applied: Some(words(applied)),
            live: live.map(words),
            by: Line::default(),
        }),
    }
}

/// What is empty or null need not be there; the server drops it.
fn is_same(applied: &Value, live: Option<&Value>) -> bool {
    match live {
        Some(live) => applied == live,
        None => match applied {
            Value::Null => true,
            Value::Object(fields) => fields.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        },
    }
}

fn is_named(items: &[Value]) -> bool {
    !items.is_empty()
        && items
            .iter()
            .all(|it| it.get("name").is_some_and(Value::is_string))
}

/// Fields that others than Argo CD have set, by the owners that the object keeps; nothing where it
/// keeps none of Argo CD's. Status, and what others set in `metadata`, is no change of the object.
pub(super) fn of_others(live: &Value) -> Option<Vec<Difference>> {
    let entries = live.pointer("/metadata/managedFields")?.as_array()?;
    let manager = |entry: &Value| text(entry, "manager").to_owned();
    let is_ours = |entry: &&Value| manager(entry).starts_with("argocd");
    let mut ours = BTreeSet::new();
    for entry in entries.iter().filter(is_ours) {
        for (field, _) in leaves(entry, live) {
            ours.insert(field);
        }
    }
    if ours.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    let others = entries.iter().filter(|it| !is_ours(it));
    for entry in others.filter(|it| text(it, "subresource").is_empty()) {
        let since = text(entry, "time");
        for (field, value) in leaves(entry, live) {
            if !ours.contains(&field) && found.len() < MOST {
                found.push(Difference {
                    field: field.as_str().into(),
                    applied: None,
                    live: value.map(words),
                    by: format!("{} {since}", manager(entry)).trim_end().into(),
                });
            }
        }
    }
    Some(found)
}

/// The fields of an entry of `managedFields`, beside what stands there now.
fn leaves<'a>(entry: &Value, live: &'a Value) -> Vec<(String, Option<&'a Value>)> {
    let mut found = Vec::new();
    let Some(fields) = entry.get("fieldsV1").and_then(Value::as_object) else {
        return found;
    };
    for (name, below) in fields {
        let part = name.strip_prefix("f:").unwrap_or(name);
        if !matches!(part, "metadata" | "status") {
            collect(part.to_owned(), below, live.get(part), &mut found);
        }
    }
    found
}

fn collect<'a>(
    at: String,
    fields: &Value,
    live: Option<&'a Value>,
    found: &mut Vec<(String, Option<&'a Value>)>,
) {
    let below = fields.as_object().into_iter().flatten();
    let below: Vec<_> = below.filter(|(name, _)| *name != ".").collect();
    if below.is_empty() {
        found.push((at, live));
        return;
    }
    for (name, fields) in below {
        if let Some(field) = name.strip_prefix("f:") {
            let next = live.and_then(|it| it.get(field));
            collect(step(&at, field), fields, next, found);
        } else if let Some(key) = name.strip_prefix("k:") {
            let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
            let next = live.and_then(Value::as_array).and_then(|items| {
                let fits =
                    |it: &&Value| key.iter().all(|(name, value)| it.get(name) == Some(value));
                items.iter().find(fits)
            });
            let said: Vec<String> = key
                .iter()
                .map(|(name, value)| format!("{name}={}", plain(value)))
                .collect();
            collect(format!("{at}[{}]", said.join(",")), fields, next, found);
        } else {
            found.push((at.clone(), live));
        }
    }
}

fn step(at: &str, name: &str) -> String {
    if name.contains('.') {
        format!("{at}[{name}]")
    } else {
        format!("{at}.{name}")
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn words(value: &Value) -> Line {
    let said = value.to_string();
    match said.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", said.get(..end).unwrap_or_default()).into(),
        None => said.into(),
    }
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(differences: &[Difference]) -> Vec<String> {
        let one = |it: &Difference| {
            let value = |it: &Option<Line>| it.as_ref().map_or("–".to_owned(), ToString::to_string);
            format!(
                "{}: {} → {} {}",
                it.field,
                value(&it.applied),
                value(&it.live),
                it.by
            )
            .trim_end()
            .to_owned()
        };
        differences.iter().map(one).collect()
    }

    fn deployment(image: &str, replicas: i64) -> Value {
        json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "docs"}},
            "spec": {"replicas": replicas, "paused": null, "template": {"spec": {"containers": [
                {"name": "docs", "image": image, "env": []},
            ]}}},
        })
    }

    #[test]
    fn what_differs_is_told_by_its_path_and_what_the_server_adds_is_not() {
        let mut live = deployment("docs:2", 3);
        live["spec"]["strategy"] = json!({"type": "RollingUpdate"});
        live["spec"]["template"]["spec"]["containers"]
            .as_array_mut()
            .unwrap()
            .insert(0, json!({"name": "sidecar", "image": "envoy"}));
        live["metadata"]["labels"] = json!({});
        assert_eq!(
            said(&against(&deployment("docs:1", 2), &live)),
            [
                "metadata.labels[app.kubernetes.io/name]: \"docs\" → –",
                "spec.replicas: 2 → 3",
                "spec.template.spec.containers[name=docs].image: \"docs:1\" → \"docs:2\"",
            ]
        );
        assert!(against(&live, &live).is_empty());
    }

    #[test]
    fn owners_tell_what_others_have_set() {
        let mut live = deployment("docs:2", 3);
        live["metadata"]["managedFields"] = json!([
            {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {
                "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"docs\"}": {".": {}, "f:name": {}}}}},
            }}},
            {"manager": "kubectl-edit", "operation": "Update", "time": "2026-11-22T14:00:00Z",
             "fieldsV1": {"f:metadata": {"f:labels": {"f:x": {}}}, "f:spec": {
                "f:replicas": {},
                "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"docs\"}": {"f:image": {}}}}},
            }}},
            {"manager": "k3s", "subresource": "status", "fieldsV1": {"f:status": {"f:replicas": {}}}},
        ]);
        assert_eq!(
            said(&of_others(&live).unwrap()),
            [
                "spec.replicas: – → 3 kubectl-edit 2026-11-22T14:00:00Z",
                "spec.template.spec.containers[name=docs].image: – → \"docs:2\" kubectl-edit 2026-11-22T14:00:00Z",
            ]
        );
        assert_eq!(of_others(&deployment("a", 1)), None);
    }
}

//! An object as a whole, for a person: as YAML, without what only servers read, and without the values
//! of a Secret.

use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::kind::{self, ApiName};
use super::look;
use crate::domain::line::Line;
use crate::domain::reading::Thing;
use crate::domain::text;
use crate::kube::Connection;

/// The most lines that are shown.
const MOST: usize = 20_000;
/// What kubectl keeps of the manifest that it applied last: the object again, as JSON.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const MASK: &str = "***";

/// The kind that people call by this name, where it can be asked for.
pub fn known(kind: &str) -> Option<ApiName> {
    kind::ALL.iter().copied().find(|api| api.kind == kind)
}

/// The lines of an object; nothing where it is not there.
pub async fn whole(connection: &Connection, of: &Thing) -> Result<Option<Vec<Line>>, Fault> {
    let api = known(&of.kind)
        .ok_or_else(|| Fault::NotFound(format!("no kind {} is known here", of.kind).into()))?;
    let found = look::object(connection, &api, &of.id).await?;
    Ok(found.map(shown))
}

/// An object as lines of YAML.
fn shown(mut object: Value) -> Vec<Line> {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        fold(metadata);
    }
    if object.get("kind") == Some(&json!("Secret")) {
        mask(&mut object);
    }
    let yaml = match serde_saphyr::to_string(&object) {
        Ok(yaml) => yaml,
        Err(error) => format!("# cannot be written as YAML: {error}"),
    };
    let written = text::block(&yaml, yaml.len());
    written.lines().take(MOST).map(Line::new).collect()
}

/// Leaves out who set which field, and the copy of what was applied.
fn fold(metadata: &mut Map<String, Value>) {
    metadata.remove("managedFields");
    let annotations = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut);
    if let Some(applied) = annotations.and_then(|all| all.get_mut(APPLIED)) {
        let length = applied.as_str().map_or(0, str::len);
        *applied = json!(format!("({length} bytes, left out)"));
    }
}

/// Takes the values out of a Secret; its keys stay.
fn mask(secret: &mut Value) {
    for part in ["data", "stringData"] {
        let values = secret.get_mut(part).and_then(Value::as_object_mut);
        for value in values.into_iter().flat_map(|values| values.values_mut()) {
            *value = json!(MASK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(object: Value) -> String {
        let lines = shown(object);
        let lines: Vec<&str> = lines.iter().map(Line::as_str).collect();
        lines.join("\n")
    }

    #[test]
    fn a_secret_keeps_its_keys_and_none_of_its_values() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": "cloudflare",
                "annotations": {APPLIED: "{\"stringData\":{\"token\":\"hunter2\"}}"},
                "managedFields": [{"manager": "kubectl"}],
            },
            "data": {"token": "aHVudGVyMg=="}, "stringData": {"token": "hunter2"},
        });
        let shown = text(secret);
        for hidden in ["hunter2", "aHVudGVyMg", "managedFields"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(
            shown.contains("token:") && shown.contains("bytes, left out"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_not_a_secret_is_shown_and_reads_back() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "docs"},
            "spec": {"containers": [{"name": "c", "args": ["--x: \u{1b}[31my", "on"]}]},
        });
        let shown = text(pod);
        let back: Value = serde_saphyr::from_str(&shown).unwrap();
        assert_eq!(back["spec"]["containers"][0]["args"][1], "on");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn every_kind_is_known_by_one_name() {
        for api in kind::ALL {
            assert_eq!(known(api.kind), Some(*api));
        }
        assert_eq!(known("Nonsense"), None);
    }
}

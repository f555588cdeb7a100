//! Reads a `CustomResourceDefinition` into a [`Kind`]: names, versions, columns, and the structure
//! of its objects without descriptions, patterns and rules.
//!
//! The asset `assets/lab/crds.json` is made by this, too; `assets/lab/README.md` says how.

use std::sync::Arc;

use serde_json::Value;

use super::kinds::{Column, Kind, preference};
use super::meta::text;
use super::schema::{Form, Merge, Object, Schema};

/// The kind that a definition describes; none when it names no version that is served.
pub(super) fn kind(definition: &Value) -> Option<Kind> {
    let strings = |pointer: &str| {
        let list = definition.pointer(pointer).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let all = definition.pointer("/spec/versions")?.as_array()?;
    let flag = |version: &Value, name: &str| version.get(name) == Some(&Value::Bool(true));
    let stored = all.iter().find(|version| flag(version, "storage"))?;
    let mut versions = all
        .iter()
        .filter(|version| flag(version, "served"))
        .map(|version| text(version, "/name").to_owned())
        .collect::<Vec<_>>();
    versions.sort_by_key(|version| preference(version));
    versions.first()?;
    let kind = text(definition, "/spec/names/kind").to_owned();
    let singular = match text(definition, "/spec/names/singular") {
        "" => kind.to_lowercase(),
        given => given.to_owned(),
    };
    Some(Kind {
        group: text(definition, "/spec/group").to_owned(),
        kind,
        plural: text(definition, "/spec/names/plural").to_owned(),
        singular,
        short: strings("/spec/names/shortNames"),
        categories: strings("/spec/names/categories"),
        versions,
        storage: text(stored, "/name").to_owned(),
        namespaced: text(definition, "/spec/scope") == "Namespaced",
        status: stored.pointer("/subresources/status").is_some(),
        scale: stored.pointer("/subresources/scale").is_some(),
        custom: true,
        columns: columns(stored),
        schema: stored
            .pointer("/schema/openAPIV3Schema")
            .map(|given| Arc::new(schema(given))),
        ..Kind::default()
    })
}

fn columns(version: &Value) -> Vec<Column> {
    version
        .get("additionalPrinterColumns")
        .and_then(|columns| serde_json::from_value(columns.clone()).ok())
        .unwrap_or_default()
}

fn schema(given: &Value) -> Schema {
    let flag = |name: &str| given.get(name) == Some(&Value::Bool(true));
    let open = flag("x-kubernetes-preserve-unknown-fields");
    let form = if flag("x-kubernetes-int-or-string") {
        Form::IntOrString
    } else {
        match text(given, "/type") {
            "string" => Form::Text,
            "integer" => Form::Integer,
            "number" => Form::Number,
            "boolean" => Form::Boolean,
            "array" => list(given),
            "object" => object(given, open),
            _ if given.get("properties").is_some() => object(given, open),
            _ => Form::Any,
        }
    };
    let strings = |name: &str| given.get(name).and_then(Value::as_array);
    Schema {
        form,
        nullable: flag("nullable"),
        default: given.get("default").cloned(),
        allowed: strings("enum")
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    }
}

fn list(given: &Value) -> Form {
    let keys = given.get("x-kubernetes-list-map-keys");
    let merge = match text(given, "/x-kubernetes-list-type") {
        "map" => Merge::Keys(
            keys.and_then(|keys| serde_json::from_value(keys.clone()).ok())
                .unwrap_or_default(),
        ),
        "set" => Merge::Set,
        _ => Merge::Atomic,
    };
    Form::List(
        Arc::new(given.get("items").map(schema).unwrap_or_default()),
        merge,
    )
}

fn object(given: &Value, open: bool) -> Form {
    if let Some(values) = given.get("additionalProperties").filter(|v| v.is_object()) {
        return Form::Map(Arc::new(schema(values)));
    }
    let fields = given.get("properties").and_then(Value::as_object);
    let required = given.get("required").and_then(Value::as_array);
    Form::Object(Object {
        fields: fields
            .into_iter()
            .flatten()
            .map(|(name, field)| (name.clone(), Arc::new(schema(field))))
            .collect(),
        required: required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        open,
        atomic: text(given, "/x-kubernetes-map-type") == "atomic",
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::kinds::{Asset, Kinds};
    use super::super::schema::Packer;
    use super::*;

    /// Makes the asset anew from the folder of definitions that `K3SCOPE_CRDS` names; without it,
    /// the asset is only looked at.
    #[test]
    fn the_asset_is_a_digest_of_the_definitions() {
        let asset = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lab/crds.json");
        if let Ok(folder) = std::env::var("K3SCOPE_CRDS") {
            fs::write(&asset, digest(Path::new(&folder))).unwrap();
        }
        let text = fs::read_to_string(asset).unwrap();
        assert!(text.len() < 600_000, "{} bytes", text.len());
        let asset = serde_json::from_str::<Asset>(&text).unwrap();
        assert_eq!(asset.kinds.len(), 33);
        let kinds = Kinds::digested();
        let app = kinds
            .iter()
            .find(|kind| kind.kind == "Application")
            .unwrap();
        assert!(!app.status, "an Application has no status subresource");
        let Form::Object(root) = &app.schema.as_ref().unwrap().form else {
            unreachable!("an object");
        };
        assert_eq!(root.required, ["metadata", "spec"]);
    }

    fn digest(folder: &Path) -> String {
        let mut packer = Packer::default();
        let mut kinds = Vec::new();
        let mut files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .collect::<Vec<PathBuf>>();
        files.sort();
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            for document in text.split("\n---") {
                let Ok(value) = serde_saphyr::from_str::<Value>(document) else {
                    continue;
                };
                if text_of_kind(&value) == "CustomResourceDefinition" {
                    let mut kind = kind(&value).unwrap();
                    for column in &mut kind.columns {
                        column.description.clear();
                    }
                    let place = packer.place(&kind.schema.take().unwrap());
                    kinds.push((kind, place));
                }
            }
        }
        let asset = Asset {
            schemas: packer.packed,
            kinds,
        };
        serde_json::to_string(&asset)
            .unwrap()
            .replace("},{\"t\"", "},\n{\"t\"")
            + "\n"
    }

    fn text_of_kind(value: &Value) -> &str {
        text(value, "/kind")
    }
}

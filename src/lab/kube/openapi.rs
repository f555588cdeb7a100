//! `OpenAPI` documents: as much as kubectl needs to apply, patch and explain.
//!
//! Version 3, one document a group version: which kinds there are, that their fields can be checked
//! by the server (`fieldValidation`), and the structure of custom kinds. Version 2 is an empty
//! document: clients then fall back on what they were built with.

use serde_json::{Map, Value, json};

use super::kinds::{Kind, Kinds};
use super::schema::{Form, Schema};

/// The index of version 3.
pub(super) fn index(kinds: &Kinds) -> Value {
    let mut paths = Map::new();
    let mut add = |path: String| {
        let url = format!("/openapi/v3/{path}?hash=1");
        paths.insert(path, json!({"serverRelativeURL": url}));
    };
    add("api/v1".into());
    for (group, versions) in kinds.groups() {
        for version in versions {
            add(format!("apis/{group}/{version}"));
        }
    }
    json!({ "paths": paths })
}

/// An empty document of version 2.
pub(super) fn version_2() -> Value {
    json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": {}})
}

/// The document of a group version; none when it is not served.
pub(super) fn document(kinds: &Kinds, path: &str) -> Option<Value> {
    let (group, version) = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["api", version] => (String::new(), (*version).to_owned()),
        ["apis", group, version] => ((*group).to_owned(), (*version).to_owned()),
        _ => return None,
    };
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let served = kinds
        .all()
        .filter(|kind| kind.group == group && kind.versions.contains(&version));
    for kind in served {
        let name = schema_name(kind, &version);
        let place = if kind.namespaced {
            "/namespaces/{namespace}"
        } else {
            ""
        };
        let url = format!("/{path}{place}/{}/{{name}}", kind.plural);
        paths.insert(url, operations(kind, &version, &name));
        schemas.insert(name, structure(kind, &version));
    }
    (!paths.is_empty()).then(|| {
        json!({
            "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.2"},
            "paths": paths, "components": {"schemas": schemas},
        })
    })
}

fn schema_name(kind: &Kind, version: &str) -> String {
    let group = if kind.group.is_empty() {
        "core"
    } else {
        &kind.group
    };
    let mut parts = group.split('.').collect::<Vec<_>>();
    parts.reverse();
    format!("{}.{version}.{}", parts.join("."), kind.kind)
}

fn operations(kind: &Kind, version: &str, name: &str) -> Value {
    let gvk = json!({"group": kind.group, "version": version, "kind": kind.kind});
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
    let body =
        json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    let operation = |action: &str| {
        json!({
            "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk,
            "responses": {"200": {"description": "OK", "content": body}},
        })
    };
    let mut patch = operation("patch");
    let map = super::meta::map(&mut patch);
    let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(parameter);
    map.insert("parameters".into(), json!(parameters));
    map.insert(
        "requestBody".into(),
        json!({"content": {"application/merge-patch+json": {}, "application/json-patch+json": {},
                           "application/apply-patch+yaml": {}}}),
    );
    json!({"get": operation("get"), "patch": patch, "delete": operation("delete")})
}

fn structure(kind: &Kind, version: &str) -> Value {
    let mut schema = kind
        .schema
        .as_deref()
        .map_or_else(|| json!({"type": "object"}), written);
    let map = super::meta::map(&mut schema);
    let properties = super::meta::member(map, "properties");
    for name in ["apiVersion", "kind"] {
        properties.insert(name.into(), json!({"type": "string"}));
    }
    properties.insert("metadata".into(), json!({"type": "object"}));
    map.insert(
        "x-kubernetes-group-version-kind".into(),
        json!([{"group": kind.group, "version": version, "kind": kind.kind}]),
    );
    schema
}

fn written(schema: &Schema) -> Value {
    match &schema.form {
        Form::Any => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Form::Text => json!({"type": "string"}),
        Form::Integer => json!({"type": "integer"}),
        Form::Number => json!({"type": "number"}),
        Form::Boolean => json!({"type": "boolean"}),
        Form::IntOrString => json!({"x-kubernetes-int-or-string": true}),
        Form::Map(values) => json!({"type": "object", "additionalProperties": written(values)}),
        Form::List(items, _) => json!({"type": "array", "items": written(items)}),
        Form::Object(object) => {
            let fields = object
                .fields
                .iter()
                .map(|(name, field)| (name.clone(), written(field)))
                .collect::<Map<_, _>>();
            let mut out = json!({"type": "object", "properties": fields});
            if !object.required.is_empty() {
                super::meta::map(&mut out).insert("required".into(), json!(object.required));
            }
            out
        }
    }
}

//! What a schema says of an object that a client writes: unknown fields go, defaults come, and what
//! is missing or of the wrong type is refused.

use serde_json::Value;

use super::schema::{Form, Schema};
use super::status::Cause;

/// The fields of every object that a schema does not describe.
const ALWAYS: &[&str] = &["apiVersion", "kind", "metadata"];

/// Takes out fields that the schema does not know, and names them.
pub(super) fn prune(object: &mut Value, schema: &Schema) -> Vec<String> {
    let mut unknown = Vec::new();
    prune_at(object, schema, "", &mut unknown);
    unknown
}

fn prune_at(value: &mut Value, schema: &Schema, path: &str, unknown: &mut Vec<String>) {
    match (&schema.form, value) {
        (Form::Object(object), Value::Object(map)) => {
            map.retain(|name, _| {
                let known = object.open
                    || object.fields.contains_key(name)
                    || (path.is_empty() && ALWAYS.contains(&name.as_str()));
                if !known {
                    unknown.push(join(path, name));
                }
                known
            });
            for (name, field) in map.iter_mut() {
                let always = path.is_empty() && ALWAYS.contains(&name.as_str());
                if let Some(inner) = object.fields.get(name).filter(|_| !always) {
                    prune_at(field, inner, &join(path, name), unknown);
                }
            }
        }
        (Form::Map(inner), Value::Object(map)) => {
            for (name, field) in map {
                prune_at(field, inner, &join(path, name), unknown);
            }
        }
        (Form::List(inner, _), Value::Array(items)) => {
            for (at, item) in items.iter_mut().enumerate() {
                prune_at(item, inner, &format!("{path}[{at}]"), unknown);
            }
        }
        _ => {}
    }
}

/// Fills in what has a default and is missing.
pub(super) fn fill(value: &mut Value, schema: &Schema) {
    match (&schema.form, value) {
        (Form::Object(object), Value::Object(map)) => {
            for (name, field) in &object.fields {
                if let Some(default) = &field.default
                    && map
                        .get(name)
                        .is_none_or(|have| have.is_null() && !field.nullable)
                {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(have) = map.get_mut(name) {
                    fill(have, field);
                }
            }
        }
        (Form::Map(inner), Value::Object(map)) => {
            for field in map.values_mut() {
                fill(field, inner);
            }
        }
        (Form::List(inner, _), Value::Array(items)) => {
            for item in items {
                fill(item, inner);
            }
        }
        _ => {}
    }
}

/// Everything that is wrong with an object.
pub(super) fn check(object: &Value, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_at(object, schema, "", &mut causes);
    causes
}

fn check_at(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() && (schema.nullable || schema.form == Form::Any) {
        return;
    }
    let (right, wanted) = match &schema.form {
        Form::Any => (true, ""),
        Form::Text => (value.is_string(), "string"),
        Form::Integer => (value.is_i64() || value.is_u64(), "integer"),
        Form::Number => (value.is_number(), "number"),
        Form::Boolean => (value.is_boolean(), "boolean"),
        Form::IntOrString => (value.is_string() || value.is_i64(), "integer or string"),
        Form::Object(_) | Form::Map(_) => (value.is_object(), "object"),
        Form::List(..) => (value.is_array(), "array"),
    };
    if !right {
        causes.push(Cause {
            reason: "FieldValueTypeInvalid",
            message: format!(
                "Invalid value: \"{}\": {path} in body must be of type {wanted}: \"{}\"",
                form_of(value),
                form_of(value)
            ),
            field: path.to_owned(),
        });
        return;
    }
    if let Value::String(text) = value
        && !schema.allowed.is_empty()
        && !schema.allowed.contains(text)
    {
        let allowed = schema.allowed.iter().map(|one| format!("\"{one}\""));
        causes.push(Cause {
            reason: "FieldValueNotSupported",
            message: format!(
                "Unsupported value: \"{text}\": supported values: {}",
                allowed.collect::<Vec<_>>().join(", ")
            ),
            field: path.to_owned(),
        });
    }
    check_inside(value, schema, path, causes);
}

fn check_inside(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    match (&schema.form, value) {
        (Form::Object(object), Value::Object(map)) => {
            for name in &object.required {
                if !map.contains_key(name) {
                    causes.push(Cause {
                        reason: "FieldValueRequired",
                        message: "Required value".into(),
                        field: join(path, name),
                    });
                }
            }
            for (name, field) in map {
                if let Some(inner) = object.fields.get(name) {
                    check_at(field, inner, &join(path, name), causes);
                }
            }
        }
        (Form::Map(inner), Value::Object(map)) => {
            for (name, field) in map {
                check_at(field, inner, &join(path, name), causes);
            }
        }
        (Form::List(inner, _), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                check_at(item, inner, &format!("{path}[{at}]"), causes);
            }
        }
        _ => {}
    }
}

fn form_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Whether a name may be an object's (RFC 1123 subdomain; roles may have more).
pub(super) fn name_cause(name: &str, group: &str) -> Option<Cause> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let path_segment = group == "rbac.authorization.k8s.io" && !name.contains('/');
    let fine = name.len() <= 253
        && name.chars().all(|c| good(c) || matches!(c, '-' | '.'))
        && name
            .split('.')
            .all(|part| part.starts_with(good) && part.ends_with(good));
    (!fine && !path_segment).then(|| Cause {
        reason: "FieldValueInvalid",
        message: format!(
            "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case \
             alphanumeric characters, '-' or '.', and must start and end with an alphanumeric \
             character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        ),
        field: "metadata.name".into(),
    })
}

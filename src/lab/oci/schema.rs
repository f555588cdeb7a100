//! What a request's body may hold: fields with their JSON types, checked before anything is done.
//!
//! The tables stand beside each kind in [`super::kinds`]; this file only compares.

use serde_json::{Map, Value};

use super::answer::Refusal;

/// The JSON type of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Text,
    Flag,
    Number,
    Whole,
    /// An object whose content is not looked at.
    Object,
    /// An object of strings, as freeform tags are.
    TextMap,
    /// An object with these fields.
    Shape(&'static [Field]),
    Texts,
    /// A list of objects with these fields.
    Shapes(&'static [Field]),
    /// The id of a thing of this kind, which must exist.
    Id(&'static str),
    /// A list of such ids.
    Ids(&'static str),
}

/// One field of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) required: bool,
}

pub(super) const fn must(name: &'static str, kind: Type) -> Field {
    Field {
        name,
        kind,
        required: true,
    }
}

pub(super) const fn may(name: &'static str, kind: Type) -> Field {
    Field {
        name,
        kind,
        required: false,
    }
}

/// Compares `body` with `fields`; `place` is the path to it for messages.
pub(super) fn check(
    body: &Map<String, Value>,
    fields: &[Field],
    place: &str,
) -> Result<(), Refusal> {
    for field in fields.iter().filter(|field| field.required) {
        let absent = body.get(field.name).is_none_or(Value::is_null);
        if absent {
            return Err(Refusal::missing(&format!("{place}{}", field.name)));
        }
    }
    for (name, value) in body {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(Refusal::unparsable(format!(
                "Unrecognized field: {place}{name}"
            )));
        };
        // Clients send null for what they leave out.
        if !value.is_null() {
            check_value(value, field.kind, &format!("{place}{name}"))?;
        }
    }
    Ok(())
}

fn check_value(value: &Value, kind: Type, place: &str) -> Result<(), Refusal> {
    match (kind, value) {
        (Type::Text | Type::Id(_), Value::String(_))
        | (Type::Flag, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::Object, Value::Object(_)) => Ok(()),
        (Type::Whole, Value::Number(number)) if number.is_u64() => Ok(()),
        (Type::TextMap, Value::Object(map)) if map.values().all(Value::is_string) => Ok(()),
        (Type::Texts | Type::Ids(_), Value::Array(list)) if list.iter().all(Value::is_string) => {
            Ok(())
        }
        (Type::Shape(fields), Value::Object(map)) => check(map, fields, &format!("{place}.")),
        (Type::Shapes(fields), Value::Array(list)) => {
            list.iter()
                .enumerate()
                .try_for_each(|(index, item)| match item.as_object() {
                    Some(map) => check(map, fields, &format!("{place}[{index}].")),
                    None => Err(wrong_type(&format!("{place}[{index}]"))),
                })
        }
        _ => Err(wrong_type(place)),
    }
}

fn wrong_type(place: &str) -> Refusal {
    Refusal::invalid(format!("{place} has a value of the wrong type"))
}

/// Every id that `body` names, with the kind that it must be.
pub(super) fn references(
    body: &Map<String, Value>,
    fields: &[Field],
) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for field in fields {
        match (field.kind, body.get(field.name)) {
            (Type::Id(kind), Some(Value::String(id))) => found.push((kind, id.clone())),
            (Type::Ids(kind), Some(Value::Array(ids))) => found.extend(
                ids.iter()
                    .filter_map(Value::as_str)
                    .map(|id| (kind, id.to_owned())),
            ),
            (Type::Shape(inner), Some(Value::Object(map))) => found.extend(references(map, inner)),
            _ => {}
        }
    }
    found
}

//! Reading a JSON Schema: which keys, types, words and ranges it allows, and how to say so.
//!
//! Knows the part of JSON Schema that the keys are described with, and nothing of any file.

use serde_json::Value as Schema;

use super::forms;
use super::nearest::nearest;
use crate::domain::topology::{Cidr, CidrError};

/// What a schema allows, as far as the walk is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Array,
    Scalar,
}

pub(super) fn kind_of(schema: &Schema) -> Kind {
    match pointer(schema, "/type").and_then(Schema::as_str) {
        Some("object") => Kind::Table,
        Some("array") => Kind::Array,
        _ => Kind::Scalar,
    }
}

pub(super) fn pointer<'s>(schema: &'s Schema, path: &str) -> Option<&'s Schema> {
    schema.pointer(path)
}

pub(super) fn format_of(schema: &Schema) -> Option<&str> {
    pointer(schema, "/format").and_then(Schema::as_str)
}

pub(super) fn properties(schema: &Schema) -> impl Iterator<Item = (&String, &Schema)> {
    pointer(schema, "/properties")
        .and_then(Schema::as_object)
        .into_iter()
        .flatten()
}

/// The schema of the key `name`: one that is listed, or that of any key where any is allowed.
pub(super) fn property<'s>(schema: &'s Schema, name: &str) -> Option<&'s Schema> {
    properties(schema)
        .find(|(listed, _)| *listed == name)
        .map(|(_, below)| below)
        .or_else(|| pointer(schema, "/additionalProperties").filter(|any| any.is_object()))
}

/// The words that a schema allows: an `enum`, or documented variants.
fn choices(schema: &Schema) -> Vec<&str> {
    let listed = pointer(schema, "/enum").and_then(Schema::as_array);
    let documented = pointer(schema, "/oneOf").and_then(Schema::as_array);
    listed
        .into_iter()
        .flatten()
        .chain(
            documented
                .into_iter()
                .flatten()
                .filter_map(|variant| pointer(variant, "/const")),
        )
        .filter_map(Schema::as_str)
        .collect()
}

fn types(schema: &Schema) -> Vec<&str> {
    match pointer(schema, "/type") {
        Some(Schema::String(one)) => vec![one],
        Some(Schema::Array(several)) => several.iter().filter_map(Schema::as_str).collect(),
        _ if choices(schema).is_empty() => Vec::new(),
        _ => vec!["string"],
    }
}

pub(super) fn is_of_type(value: &toml::Value, schema: &Schema) -> bool {
    types(schema).iter().any(|name| match value {
        toml::Value::String(_) => *name == "string",
        toml::Value::Integer(_) => matches!(*name, "integer" | "number"),
        toml::Value::Float(_) => *name == "number",
        toml::Value::Boolean(_) => *name == "boolean",
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => false,
    })
}

/// What is wrong with a text, which a message repeats as `shown`.
pub(super) fn text_problem(text: &str, shown: &str, schema: &Schema) -> Option<String> {
    let choices = choices(schema);
    if !choices.is_empty() {
        return (!choices.contains(&text)).then(|| match nearest(text, choices) {
            Some(meant) => format!("unknown value (did you mean `{meant}`?)"),
            None => "unknown value".to_owned(),
        });
    }
    let limit = |path| pointer(schema, path).and_then(Schema::as_u64);
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    if limit("/minLength").is_some_and(|least| length < least) {
        return Some("the text is empty".to_owned());
    }
    if limit("/maxLength").is_some_and(|most| length > most) {
        return Some(format!("{length} characters are too many"));
    }
    let format = format_of(schema)?;
    match text.parse::<Cidr>() {
        Err(error @ CidrError::HostBits { .. }) if format == "cidr" => Some(error.to_string()),
        _ => (!forms::has_form(text, format)).then(|| format!("{shown} does not fit")),
    }
}

pub(super) fn is_in_range(value: &toml::Value, schema: &Schema) -> bool {
    let limit = |path| pointer(schema, path).and_then(Schema::as_f64);
    let number: Option<f64> = match value.as_float() {
        Some(fraction) => Some(fraction),
        None => value.to_string().parse().ok(),
    };
    value.is_bool()
        || number.is_some_and(|number| {
            number.is_finite()
                && limit("/minimum").is_none_or(|least| number >= least)
                && limit("/maximum").is_none_or(|most| number <= most)
        })
}

/// What a schema asks for, in words.
pub(super) fn expected(schema: &Schema) -> String {
    let choices = choices(schema);
    if !choices.is_empty() {
        return one_of(&choices);
    }
    let number = |path| pointer(schema, path).map(ToString::to_string);
    let range = match (number("/minimum"), number("/maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        _ => String::new(),
    };
    let words: Vec<String> = types(schema)
        .into_iter()
        .map(|name| match name {
            "integer" => format!("a whole number{range}"),
            "number" => format!("a number{range}"),
            "boolean" => "true or false".to_owned(),
            "array" => match pointer(schema, "/items/format").and_then(Schema::as_str) {
                Some(format) => format!("a list, each {}", forms::in_words(format).unwrap_or("")),
                None if pointer(schema, "/minItems").is_some() => {
                    "a program and its arguments, as a list of texts".to_owned()
                }
                None => "a list".to_owned(),
            },
            "object" => "a table".to_owned(),
            _ => in_words(schema),
        })
        .collect();
    words.join(" or ")
}

fn in_words(schema: &Schema) -> String {
    let form = format_of(schema).and_then(forms::in_words);
    let most = pointer(schema, "/maxLength").and_then(Schema::as_u64);
    match (form, most) {
        (Some(form), Some(most)) => format!("{form}, {most} characters at most"),
        (Some(form), None) => form.to_owned(),
        (None, _) => "a text in quotes".to_owned(),
    }
}

pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

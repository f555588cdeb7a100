//! What differs between two sides of a planned change, field by field.
//!
//! Values that are marked sensitive, and those whose name says that they are, are told as different
//! and never shown.

use serde_json::{Map, Value};

use crate::domain::plan::{Drift, Remedy};
use crate::domain::text;

/// Stands for what is not shown.
pub(super) const HIDDEN: &str = "(sensitive)";
/// Stands for what only the cloud will say.
pub(super) const UNKNOWN: &str = "known after apply";
/// Stands for what is not set.
const NONE: &str = "none";
/// The longest value that is shown, in characters.
const LONGEST: usize = 300;
/// Parts of names whose values are never shown, whatever Terraform says of them.
const SECRET: [&str; 6] = [
    "user_data",
    "password",
    "passphrase",
    "secret",
    "token",
    "private_key",
];
/// Maps whose keys are people's own.
const MAPS: [&str; 4] = [
    "freeform_tags",
    "defined_tags",
    "metadata",
    "extended_metadata",
];

/// Both sides of a change, with what Terraform says of each value.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) before: &'a Value,
    pub(super) after: &'a Value,
    pub(super) unknown: &'a Value,
    pub(super) before_sensitive: &'a Value,
    pub(super) after_sensitive: &'a Value,
}

/// How what differs comes back.
pub(super) struct Manner<'a> {
    /// The paths for which the resource is made anew, where it is.
    pub(super) replaces: Option<&'a [Vec<String>]>,
    /// Whether its type is one of OCI's, whose API has the same names in another spelling.
    pub(super) is_oci: bool,
    /// Whether it is an instance.
    pub(super) is_instance: bool,
}

/// The fields that differ.
pub(super) fn differences(sides: Sides<'_>, manner: &Manner<'_>) -> Vec<Drift> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), sides, manner, &mut found);
    found
}

fn walk(path: &mut Vec<String>, sides: Sides<'_>, manner: &Manner<'_>, found: &mut Vec<Drift>) {
    let Sides {
        before,
        after,
        unknown,
        ..
    } = sides;
    let secret = is_true(sides.before_sensitive)
        || is_true(sides.after_sensitive)
        || path.last().is_some_and(|name| is_secret(name));
    let unknown_whole = is_true(unknown);
    if !unknown_whole && !any_true(unknown) && same(before, after) {
        return;
    }
    if secret {
        found.push(drift(path, HIDDEN.into(), HIDDEN.into(), manner));
        return;
    }
    if unknown_whole {
        // Nearly all of a resource that is made anew is not known yet: only what forces it matters.
        if manner.replaces.is_none_or(|paths| forces(paths, path)) {
            let before = shown(before, sides.before_sensitive);
            found.push(drift(path, before, UNKNOWN.into(), manner));
        }
        return;
    }
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => {
            for name in names(before, after, unknown) {
                path.push(name.clone());
                walk(path, sides.at(|value| value.get(&name)), manner, found);
                path.pop();
            }
        }
        (Value::Array(one), Value::Array(other)) if is_block(one) && is_block(other) => {
            path.push("0".to_owned());
            walk(path, sides.at(|value| value.get(0)), manner, found);
            path.pop();
        }
        (Value::Array(one), Value::Array(other)) => {
            let was = only_in(one, other, sides.before_sensitive);
            let mut will = only_in(other, one, sides.after_sensitive);
            if any_true(unknown) {
                will = format!("{will} ({UNKNOWN} in part)");
            }
            found.push(drift(path, cut(&was), cut(&will), manner));
        }
        _ => {
            let was = shown(before, sides.before_sensitive);
            let will = shown(after, sides.after_sensitive);
            found.push(drift(path, was, will, manner));
        }
    }
}

/// The members of a list that another has not: the order of rules and the like means nothing.
fn only_in(own: &[Value], others: &[Value], marks: &Value) -> String {
    let all = own.iter().enumerate();
    let gone = all.filter(|(_, it)| !others.contains(it));
    let gone = gone.map(|(at, it)| plain(it, marks.get(at).unwrap_or(&Value::Null)));
    let gone: Vec<String> = gone.collect();
    if gone.is_empty() {
        NONE.to_owned()
    } else {
        gone.join("; ")
    }
}

impl<'a> Sides<'a> {
    fn at(self, part: impl Fn(&'a Value) -> Option<&'a Value>) -> Self {
        let of = |value: &'a Value| part(value).unwrap_or(&Value::Null);
        // A mark on the whole holds for each part.
        let mark = |value: &'a Value| if is_true(value) { value } else { of(value) };
        Self {
            before: of(self.before),
            after: of(self.after),
            unknown: mark(self.unknown),
            before_sensitive: mark(self.before_sensitive),
            after_sensitive: mark(self.after_sensitive),
        }
    }
}

fn drift(path: &[String], found: String, wanted: String, manner: &Manner<'_>) -> Drift {
    let forced = manner.replaces.is_some_and(|paths| forces(paths, path));
    let resized = manner.is_instance
        && path
            .first()
            .is_some_and(|name| matches!(name.as_str(), "shape_config" | "shape"));
    let remedy = match (forced, resized) {
        (true, _) => Remedy::Replace,
        (false, true) => Remedy::Restart,
        (false, false) => Remedy::Change,
    };
    Drift {
        field: field(path, manner.is_oci),
        found,
        wanted,
        remedy,
    }
}

/// The field's name: `shapeConfig.ocpus` for the first and only `shape_config` block's `ocpus`.
fn field(path: &[String], is_oci: bool) -> String {
    let mut named: Vec<String> = Vec::new();
    let mut own = false;
    for part in path {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        named.push(if is_oci && !own {
            camel(part)
        } else {
            part.clone()
        });
        own = own || MAPS.contains(&part.as_str());
    }
    text::line(&named.join("."))
}

/// Whether a field, as it is shown, is this attribute or a part of it.
pub(super) fn is_of(field: &str, attribute: &str) -> bool {
    let head = field.split('.').next().unwrap_or_default();
    head == attribute || head == camel(attribute)
}

/// What is between two values of which nothing else is known: `a → b`.
pub(super) fn between(sides: Sides<'_>) -> String {
    let was = shown(sides.before, sides.before_sensitive);
    if is_true(sides.unknown) {
        return format!("{was} → {UNKNOWN}");
    }
    format!("{was} → {}", shown(sides.after, sides.after_sensitive))
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let mut chars = part.chars();
        let head = chars.next().map(|head| head.to_ascii_uppercase());
        name + &head.map(String::from).unwrap_or_default() + chars.as_str()
    })
}

/// Whether a path that forces a replacement is this one, leads to it, or leads on from it.
fn forces(paths: &[Vec<String>], path: &[String]) -> bool {
    let meets = |forced: &Vec<String>| forced.iter().zip(path).all(|(one, other)| one == other);
    paths.iter().any(meets)
}

/// A value in one short line; a mark hides what it stands on.
fn shown(value: &Value, mark: &Value) -> String {
    cut(&plain(value, mark))
}

fn plain(value: &Value, mark: &Value) -> String {
    if is_true(mark) {
        return HIDDEN.to_owned();
    }
    match value {
        Value::Null => NONE.to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.is_empty() => NONE.to_owned(),
        Value::String(text) => text::line(text),
        Value::Array(all) => {
            let part = |(at, it): (usize, &Value)| plain(it, mark.get(at).unwrap_or(&Value::Null));
            let parts: Vec<String> = all.iter().enumerate().map(part).collect();
            match parts.as_slice() {
                [] => NONE.to_owned(),
                parts => parts.join(", "),
            }
        }
        Value::Object(all) => {
            let part = |(name, it): (&String, &Value)| {
                if is_secret(name) {
                    return format!("{name} {HIDDEN}");
                }
                format!(
                    "{name} {}",
                    plain(it, mark.get(name).unwrap_or(&Value::Null))
                )
            };
            let parts: Vec<String> = all.iter().filter(|it| !is_empty(it.1)).map(part).collect();
            format!("({})", parts.join(", "))
        }
    }
}

fn cut(text: &str) -> String {
    let text = text::line(text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true)
}

fn any_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::Array(all) => all.iter().any(any_true),
        Value::Object(all) => all.values().any(any_true),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// Equal, or both nothing: the provider tells what is not set in more than one way.
fn same(one: &Value, other: &Value) -> bool {
    one == other || (is_empty(one) && is_empty(other))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A block that stands at most once is a list of one in the provider's schema.
fn is_block(all: &[Value]) -> bool {
    matches!(all, [Value::Object(_)])
}

fn names(before: &Value, after: &Value, unknown: &Value) -> Vec<String> {
    let keys = |value: &Value| {
        let all = value.as_object().map(Map::keys);
        all.into_iter().flatten().cloned().collect::<Vec<_>>()
    };
    let mut names = [keys(before), keys(after), keys(unknown)].concat();
    names.sort_unstable();
    names.dedup();
    names
}

//! One field held against another, and the request that restores those that differ.

use serde_json::{Map, Value};

use crate::domain::plan::{Drift, Remedy};
use crate::domain::text;

/// What has to be changed to restore a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provision::direct) enum Target {
    /// The resource itself, by a field of its update.
    Itself,
    /// The instance's network card.
    Vnic,
    /// The instance's boot volume.
    BootVolume,
    /// Something that only an action of its own changes.
    Action,
}

/// A field that differs, and what restores it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::provision::direct) struct Difference {
    pub(in crate::provision::direct) drift: Drift,
    pub(in crate::provision::direct) target: Target,
    /// Field and value of the update's body.
    change: (String, Value),
}

/// The differences found so far of one resource.
pub(in crate::provision::direct) struct Compared {
    target: Target,
    prefix: &'static str,
    found: Vec<Difference>,
}

impl Compared {
    /// Begins with the resource itself.
    pub(in crate::provision::direct) fn new() -> Self {
        Self::of(Target::Itself, "")
    }

    /// Begins with the resource's display name.
    pub(in crate::provision::direct) fn named(found: &str, wanted: &str) -> Self {
        let mut compared = Self::new();
        compared.field("displayName", found, wanted, Remedy::Change);
        compared
    }

    /// Begins with a part of a resource, whose fields are told with `prefix`.
    pub(in crate::provision::direct) fn of(target: Target, prefix: &'static str) -> Self {
        Self {
            target,
            prefix,
            found: Vec::new(),
        }
    }

    /// Compares a plain field.
    pub(in crate::provision::direct) fn field(
        &mut self,
        name: &str,
        found: impl Into<Value>,
        wanted: impl Into<Value>,
        remedy: Remedy,
    ) {
        let (found, wanted) = (found.into(), wanted.into());
        if found != wanted {
            let words = (shown(&found), shown(&wanted));
            self.add(name, words, remedy, wanted);
        }
    }

    /// Adds a field that was found to differ: its name, what it is and should be, what to send.
    pub(in crate::provision::direct) fn add(
        &mut self,
        name: &str,
        (found, wanted): (String, String),
        remedy: Remedy,
        value: Value,
    ) {
        let (outer, value) = match name.split_once('.') {
            None => (name, value),
            Some((outer, inner)) if value.is_object() || inner.is_empty() => (outer, value),
            Some((outer, inner)) => {
                let inner = Map::from_iter([(inner.to_owned(), value)]);
                (outer, Value::Object(inner))
            }
        };
        self.found.push(Difference {
            drift: Drift {
                field: format!("{}{name}", self.prefix),
                found: text::line(&found),
                wanted: text::line(&wanted),
                remedy,
            },
            target: self.target,
            change: (outer.to_owned(), value),
        });
    }

    /// What differs.
    pub(in crate::provision::direct) fn done(self) -> Vec<Difference> {
        self.found
    }
}

/// The body of the update that restores what can be restored in place; empty where nothing can.
pub(in crate::provision::direct) fn body<'a>(
    differences: impl IntoIterator<Item = &'a Difference>,
) -> Map<String, Value> {
    differences
        .into_iter()
        .filter(|it| it.drift.remedy != Remedy::Replace && it.target != Target::Action)
        .map(|it| it.change.clone())
        .collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Object(_) => value.to_string(),
    }
}

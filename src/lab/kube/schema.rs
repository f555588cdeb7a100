//! The structure of a custom resource's objects, as far as writes need it: types, required fields,
//! defaults, unknown fields, and how lists and maps merge in server-side apply.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One place in a structural schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Schema {
    /// What the value must be.
    pub(super) form: Form,
    /// Null is a value too.
    pub(super) nullable: bool,
    /// Filled in where it is missing.
    pub(super) default: Option<Value>,
    /// The only strings that are accepted; empty: any.
    pub(super) allowed: Vec<String>,
}

/// Types of a structural schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Form {
    /// Anything (`x-kubernetes-preserve-unknown-fields` without a type).
    #[default]
    Any,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// `x-kubernetes-int-or-string`.
    IntOrString,
    /// Named fields.
    Object(Object),
    /// Any keys, one structure.
    Map(Arc<Schema>),
    /// A list.
    List(Arc<Schema>, Merge),
}

/// Named fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    /// The fields.
    pub(super) fields: BTreeMap<String, Arc<Schema>>,
    /// Those that must be there.
    pub(super) required: Vec<String>,
    /// Unknown fields are kept.
    pub(super) open: bool,
    /// Owned as a whole (`x-kubernetes-map-type: atomic`).
    pub(super) atomic: bool,
}

/// How two managers' parts of a list come together (`x-kubernetes-list-type`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Merge {
    /// One owner for the whole list.
    #[default]
    Atomic,
    /// Each value has its own owners.
    Set,
    /// Items are told apart by these fields.
    Keys(Vec<String>),
}

impl Schema {
    /// The schema of a field or key.
    pub(super) fn field(&self, name: &str) -> Option<&Arc<Schema>> {
        match &self.form {
            Form::Object(object) => object.fields.get(name),
            Form::Map(values) => Some(values),
            Form::Any
            | Form::Text
            | Form::Integer
            | Form::Number
            | Form::Boolean
            | Form::IntOrString
            | Form::List(..) => None,
        }
    }
}

/// A schema in the asset: structures inside it are places of earlier ones.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, Hash)]
pub(super) struct Packed {
    /// A letter for simple types; `o` for objects, `m` for maps, `l` for lists.
    t: char,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    f: BTreeMap<String, usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    r: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    k: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    e: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Value>,
    /// `o` open, `a` atomic, `s` set, `n` nullable.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    x: String,
}

/// The schemas of an asset, each sharing what it names.
pub(super) fn unpack(packed: &[Packed]) -> Vec<Arc<Schema>> {
    let mut schemas = Vec::<Arc<Schema>>::with_capacity(packed.len());
    for one in packed {
        let schema = one.unpack(&schemas);
        schemas.push(Arc::new(schema));
    }
    schemas
}

impl Packed {
    fn unpack(&self, earlier: &[Arc<Schema>]) -> Schema {
        let at = |place: usize| earlier.get(place).cloned().unwrap_or_default();
        let inner = || self.i.map(at).unwrap_or_default();
        let form = match self.t {
            's' => Form::Text,
            'i' => Form::Integer,
            'n' => Form::Number,
            'b' => Form::Boolean,
            'q' => Form::IntOrString,
            'm' => Form::Map(inner()),
            'l' => Form::List(
                inner(),
                match (self.k.is_empty(), self.x.contains('s')) {
                    (false, _) => Merge::Keys(self.k.clone()),
                    (true, true) => Merge::Set,
                    (true, false) => Merge::Atomic,
                },
            ),
            'o' => Form::Object(Object {
                fields: self
                    .f
                    .iter()
                    .map(|(name, place)| (name.clone(), at(*place)))
                    .collect(),
                required: self.r.clone(),
                open: self.x.contains('o'),
                atomic: self.x.contains('a'),
            }),
            _ => Form::Any,
        };
        Schema {
            form,
            nullable: self.x.contains('n'),
            default: self.d.clone(),
            allowed: self.e.clone(),
        }
    }
}

/// Packs schemas, each structure once: how the asset is made.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Packer {
    /// What goes into the asset.
    pub(super) packed: Vec<Packed>,
    places: std::collections::HashMap<Packed, usize>,
}

#[cfg(test)]
impl Packer {
    /// The place of a schema; what it holds comes before it.
    pub(super) fn place(&mut self, schema: &Schema) -> usize {
        let mut one = Packed {
            e: schema.allowed.clone(),
            d: schema.default.clone(),
            ..Packed::default()
        };
        one.t = match &schema.form {
            Form::Any => '*',
            Form::Text => 's',
            Form::Integer => 'i',
            Form::Number => 'n',
            Form::Boolean => 'b',
            Form::IntOrString => 'q',
            Form::Map(values) => {
                one.i = Some(self.place(values));
                'm'
            }
            Form::List(items, merge) => {
                one.i = Some(self.place(items));
                match merge {
                    Merge::Atomic => {}
                    Merge::Set => one.x.push('s'),
                    Merge::Keys(keys) => one.k.clone_from(keys),
                }
                'l'
            }
            Form::Object(object) => {
                for (name, field) in &object.fields {
                    let place = self.place(field);
                    one.f.insert(name.clone(), place);
                }
                one.r.clone_from(&object.required);
                if object.open {
                    one.x.push('o');
                }
                if object.atomic {
                    one.x.push('a');
                }
                'o'
            }
        };
        if schema.nullable {
            one.x.push('n');
        }
        if let Some(place) = self.places.get(&one) {
            return *place;
        }
        self.packed.push(one.clone());
        let place = self.packed.len() - 1;
        self.places.insert(one, place);
        place
    }
}

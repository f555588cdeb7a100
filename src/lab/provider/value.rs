//! Terraform's values as they travel: `MessagePack` with unknowns, JSON in state files.
//!
//! It needs no schema: what a value must be is for [`super::schema`] to say.

use std::collections::BTreeMap;

use rmpv::Value as Packed;
use serde_json::{Number, Value as Json};

use super::messages::DynamicValue;

/// The attributes of an object or the entries of a map.
pub(super) type Object = BTreeMap<String, Cty>;

/// The whole numbers that a float holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value of Terraform's type system.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cty {
    /// Known only after the apply.
    Unknown,
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    /// A list, a set or a tuple.
    List(Vec<Cty>),
    /// An object or a map.
    Object(Object),
}

/// What arrived is no value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("a value cannot be unpacked: {0}")]
    Packed(#[from] rmpv::decode::Error),
    #[error("a value is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} is no value of Terraform's")]
    Kind(&'static str),
    #[error("an object is needed here")]
    NoObject,
}

impl Cty {
    /// Reads what a message carries; a message without a value means null.
    pub(super) fn read(value: Option<&DynamicValue>) -> Result<Self, Malformed> {
        let Some(value) = value else {
            return Ok(Self::Null);
        };
        if !value.msgpack.is_empty() {
            let mut bytes = value.msgpack.as_slice();
            return unpacked(rmpv::decode::read_value(&mut bytes)?);
        }
        if value.json.is_empty() {
            return Ok(Self::Null);
        }
        Ok(serde_json::from_slice::<Json>(&value.json)?.into())
    }

    /// As a message carries it.
    pub(super) fn message(&self) -> DynamicValue {
        let mut msgpack = Vec::new();
        // Writing to memory does not fail.
        let _ = rmpv::encode::write_value(&mut msgpack, &packed(self));
        DynamicValue {
            msgpack,
            json: Vec::new(),
        }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Neither null nor unknown.
    pub(super) fn is_set(&self) -> bool {
        !matches!(self, Self::Null | Self::Unknown)
    }

    /// What Go has where nothing was set; the real provider writes these into states.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null => true,
            Self::Flag(flag) => !flag,
            Self::Number(number) => number.as_f64() == Some(0.0),
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(fields) => fields.is_empty(),
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object> {
        if let Self::Object(fields) = self {
            Some(fields)
        } else {
            None
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// An object's fields, or why not.
    pub(super) fn fields(self) -> Result<Object, Malformed> {
        if let Self::Object(fields) = self {
            Ok(fields)
        } else {
            Err(Malformed::NoObject)
        }
    }

    /// As JSON; what is not known yet is null there.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Unknown | Self::Null => Json::Null,
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => number.clone().into(),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value.json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

impl From<Json> for Cty {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Flag(flag),
            Json::Number(number) => Self::Number(plain(number)),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            ),
        }
    }
}

/// A whole number as such, so that 6 and 6.0 are the same.
pub(super) fn plain(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            format!("{float:.0}")
                .parse::<i64>()
                .map_or(number, Number::from)
        }
        _ => number,
    }
}

fn unpacked(packed: Packed) -> Result<Cty, Malformed> {
    Ok(match packed {
        Packed::Nil => Cty::Null,
        Packed::Boolean(flag) => Cty::Flag(flag),
        Packed::Integer(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Cty::Number(number.into()),
            (None, Some(number)) => Cty::Number(number.into()),
            (None, None) => return Err(Malformed::Kind("a number wider than 64 bits")),
        },
        Packed::F32(number) => float(number.into())?,
        Packed::F64(number) => float(number)?,
        Packed::String(text) => Cty::Text(
            text.into_str()
                .ok_or(Malformed::Kind("text that is not UTF-8"))?,
        ),
        Packed::Array(items) => {
            Cty::List(items.into_iter().map(unpacked).collect::<Result<_, _>>()?)
        }
        Packed::Map(entries) => Cty::Object(
            entries
                .into_iter()
                .map(|(name, value)| Ok((name_of(name)?, unpacked(value)?)))
                .collect::<Result<_, Malformed>>()?,
        ),
        // Plain and refined unknowns alike.
        Packed::Ext(..) => Cty::Unknown,
        Packed::Binary(_) => return Err(Malformed::Kind("a row of bytes")),
    })
}

fn name_of(packed: Packed) -> Result<String, Malformed> {
    let name = if let Packed::String(name) = packed {
        name.into_str()
    } else {
        None
    };
    name.ok_or(Malformed::Kind("a name that is no text"))
}

fn float(number: f64) -> Result<Cty, Malformed> {
    Number::from_f64(number)
        .map(|number| Cty::Number(plain(number)))
        .ok_or(Malformed::Kind("a number that is none"))
}

fn packed(value: &Cty) -> Packed {
    match value {
        Cty::Unknown => Packed::Ext(0, vec![0]),
        Cty::Null => Packed::Nil,
        Cty::Flag(flag) => Packed::Boolean(*flag),
        Cty::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Packed::from(number),
            (None, Some(number)) => Packed::from(number),
            (None, None) => Packed::from(number.as_f64().unwrap_or_default()),
        },
        Cty::Text(text) => Packed::from(text.as_str()),
        Cty::List(items) => Packed::Array(items.iter().map(packed).collect()),
        Cty::Object(fields) => Packed::Map(
            fields
                .iter()
                .map(|(name, value)| (Packed::from(name.as_str()), packed(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_come_back_as_they_went() {
        let mut value = Cty::from(json!({
            "a": null, "b": true, "c": -7, "d": 1.5, "e": "text", "f": [1, "x"], "g": {"h": []},
            "i": u64::MAX,
        }));
        if let Cty::Object(fields) = &mut value {
            fields.insert("u".to_owned(), Cty::Unknown);
        }
        assert_eq!(Cty::read(Some(&value.message())).unwrap(), value);
        assert_eq!(Cty::read(None).unwrap(), Cty::Null);
    }

    #[test]
    fn a_refined_unknown_is_an_unknown() {
        let refined = DynamicValue {
            msgpack: vec![0xc7, 7, 12, 0x82, 1, 0xc2, 2, 0xa2, 0x62, 0x2d],
            json: Vec::new(),
        };
        assert_eq!(Cty::read(Some(&refined)).unwrap(), Cty::Unknown);
        assert_eq!(Cty::Unknown.message().msgpack, [0xd4, 0, 0]);
    }

    #[test]
    fn whole_floats_are_whole_numbers() {
        let six = Number::from_f64(6.0).unwrap();
        assert_eq!(plain(six), Number::from(6));
        let half = Number::from_f64(0.5).unwrap();
        assert_eq!(plain(half.clone()), half);
    }
}

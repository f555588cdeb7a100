//! One line of text from outside, harmless by construction.
//!
//! What the cluster, the cloud or a recording says can only get into the domain's types through
//! [`Line::new`], which cleans it; so nothing that holds a `Line` has to ask again. Clones share.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;

/// A cleaned, bounded, shared line of text (see [`text::line`]).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(Arc<str>);

impl Line {
    /// `given`, made harmless.
    pub fn new(given: &str) -> Self {
        let plain =
            given.len() <= text::MAX_LINE && given.bytes().all(|b| matches!(b, b' '..=b'~'));
        if given.is_empty() {
            Self::default()
        } else if plain {
            Self(given.into())
        } else {
            Self(text::line(given).into())
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This text, or `other` where it is empty.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if self.is_empty() { other } else { self }.clone()
    }
}

impl Deref for Line {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Line {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Line {
    fn from(given: &str) -> Self {
        Self::new(given)
    }
}

impl From<String> for Line {
    fn from(given: String) -> Self {
        Self::new(&given)
    }
}

impl PartialEq<str> for Line {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Line {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Line {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_harmful_gets_in_by_any_door() {
        let hostile = "\u{1b}[2Jdocs\u{202e}\n";
        assert_eq!(Line::new(hostile), "docs ");
        let replayed: Line =
            serde_json::from_str(&serde_json::to_string(hostile).unwrap()).unwrap();
        assert_eq!(replayed, "docs ");
        assert_eq!(
            Line::new(&"x".repeat(1 << 20)).chars().count(),
            text::MAX_LINE + 1
        );
    }
}

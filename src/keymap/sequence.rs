//! Keys that are pressed one after the other.

use std::fmt;
use std::str::FromStr;

use super::key::{Key, NotAKey};

/// One key, or several in a row (`z t`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sequence(Vec<Key>);

impl Sequence {
    /// The keys in the order in which they are pressed.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Whether these keys are a beginning of this sequence, or all of it.
    pub fn begins_with(&self, keys: &[Key]) -> bool {
        self.0.starts_with(keys)
    }

    /// As a person reads it.
    pub fn shown(&self) -> String {
        let keys: Vec<String> = self.0.iter().map(|key| key.shown()).collect();
        keys.join(" ")
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            key.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Sequence {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let keys = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Vec<Key>, _>>()?;
        if keys.is_empty() {
            return Err(NotAKey(text.to_owned()));
        }
        Ok(Self(keys))
    }
}

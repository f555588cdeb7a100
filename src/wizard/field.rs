//! A field as it is shown: what it is called, what stands in it, what it takes.

use super::key::FieldId;

/// One of the values that a field may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is kept.
    pub value: String,
    /// What is shown.
    pub shown: String,
}

impl Choice {
    /// A value with what is shown for it.
    pub fn new(value: impl Into<String>, shown: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            shown: shown.into(),
        }
    }
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// A secret; whether there is one.
    Masked {
        /// Whether something was typed.
        held: bool,
    },
    /// One of several values.
    Choice(Vec<Choice>),
    /// Nothing: it does something.
    Action {
        /// Whether it can be done now.
        ready: bool,
    },
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which.
    pub id: FieldId,
    /// What it is called.
    pub label: String,
    /// What it takes.
    pub kind: Kind,
    /// What stands in it; nothing for a secret.
    pub text: String,
    /// What a person should know while filling it in.
    pub about: String,
}

impl Field {
    /// Whether letters go into it.
    pub fn takes_text(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number | Kind::Masked { .. })
    }

    /// What is shown of it.
    pub fn shown(&self) -> &str {
        let Kind::Choice(choices) = &self.kind else {
            return &self.text;
        };
        choices
            .iter()
            .find(|choice| choice.value == self.text)
            .map_or(&self.text, |choice| &choice.shown)
    }

    /// The value that stands `by` choices after the present one, going round.
    pub(super) fn turned(&self, forward: bool) -> Option<String> {
        let Kind::Choice(choices) = &self.kind else {
            return None;
        };
        let count = choices.len().max(1);
        let at = choices.iter().position(|choice| choice.value == self.text);
        let next = match (at, forward) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
            (None, _) => 0,
        };
        choices.get(next).map(|choice| choice.value.clone())
    }
}

//! Making fields of what stands in them.

use crate::wizard::field::{Choice, Field, Kind};
use crate::wizard::key::Key;
use crate::wizard::machine::Wizard;

/// A line of text.
pub(super) fn text(wizard: &Wizard, key: Key, label: &str, about: &str) -> Field {
    Field {
        id: key.into(),
        label: label.to_owned(),
        kind: Kind::Text,
        text: wizard.raw(key),
        about: about.to_owned(),
    }
}

/// A secret.
pub(super) fn masked(wizard: &Wizard, key: Key, label: &str, about: &str) -> Field {
    Field {
        id: key.into(),
        label: label.to_owned(),
        kind: Kind::Masked {
            held: wizard.answers.secret(key).is_some(),
        },
        text: String::new(),
        about: about.to_owned(),
    }
}

/// One of several values. What stands there and is none of them stays one of them.
pub(in crate::wizard) fn choice(
    wizard: &Wizard,
    key: Key,
    label: &str,
    about: &str,
    mut choices: Vec<Choice>,
) -> Field {
    let value = wizard.value(key);
    if !choices.iter().any(|choice| choice.value == value) {
        choices.push(Choice::new(value.clone(), value.clone()));
    }
    Field {
        id: key.into(),
        label: label.to_owned(),
        kind: Kind::Choice(choices),
        text: value,
        about: about.to_owned(),
    }
}

/// Something that can be done.
pub(in crate::wizard) fn action(key: Key, label: &str, about: &str, ready: bool) -> Field {
    Field {
        id: key.into(),
        label: label.to_owned(),
        kind: Kind::Action { ready },
        text: String::new(),
        about: about.to_owned(),
    }
}

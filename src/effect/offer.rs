//! What a pane offers to do with what is selected: a row of the menu.

use super::Effect;
use crate::domain::action::{Action, Right};

/// One thing that can be done with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The key in the menu.
    pub key: char,
    /// What it does, in a few words.
    pub label: String,
    /// More about it, for who has it selected.
    pub about: String,
    /// What it takes to be permitted.
    pub needs: Vec<Right>,
    /// Whether it changes anything outside of this machine.
    pub writes: bool,
    /// Why it makes no sense now, where it makes none.
    pub not_now: Option<String>,
    /// What follows when it is chosen.
    pub then: Vec<Effect>,
}

impl Offer {
    /// Offers `action`, after a question where it needs one; `notes` are names and values that the
    /// question tells beside its own words.
    pub fn act(
        (key, label): (char, &str),
        about: &str,
        action: Action,
        notes: &[(&str, String)],
    ) -> Self {
        Self {
            key,
            label: label.to_owned(),
            about: about.to_owned(),
            needs: action.needs(),
            writes: true,
            not_now: None,
            then: vec![Effect::about(action, notes)],
        }
    }

    /// Offers what changes nothing outside of this machine.
    pub fn plain((key, label): (char, &str), about: &str, then: Effect) -> Self {
        Self {
            key,
            label: label.to_owned(),
            about: about.to_owned(),
            needs: Vec::new(),
            writes: false,
            not_now: None,
            then: vec![then],
        }
    }

    /// The same, barred while `is_so`, because of `why`.
    #[must_use]
    pub fn barred_if(mut self, is_so: bool, why: &str) -> Self {
        if is_so && self.not_now.is_none() {
            self.not_now = Some(why.to_owned());
        }
        self
    }
}

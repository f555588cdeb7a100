//! Agreeing to a price: only by typing the cluster's name, and to one price only.

use super::finish::Finish;
use super::key::Key;
use super::machine::Wizard;
use crate::domain::allowance::Fit;
use crate::domain::setup::{Answer, Ask, Topic};
use crate::effect::{Confirmation, Effect};

impl Wizard {
    /// Whether what would be made goes beyond the allowance: as the check of it has found, and as the
    /// limits tell until then.
    pub fn is_over(&self) -> bool {
        match self.allowance_found() {
            Some(_) => self.over_allowance().is_some(),
            None => self.allowance_check().costs_more(),
        }
    }

    /// Asks for the cluster's name; what is wanted follows on a yes.
    pub(super) fn ask_for_agreement(&mut self, wanted: Ask) {
        self.finish = Finish::Agreeing(wanted.topic());
        self.price_asked = Some(self.allowance_check().price());
        self.note(&wanted);
        let confirmation = self.confirmation(wanted);
        self.outbox.push(Effect::Confirm(Box::new(confirmation)));
    }

    /// Whether the yes was said: what was to follow on it is under way.
    pub(super) fn is_agreed(&self, topic: Topic) -> bool {
        let under_way = if topic == Topic::Secret {
            matches!(self.facts.secret, Answer::Asked)
        } else {
            matches!(self.facts.written, Answer::Asked)
        };
        under_way || self.is_answered(topic)
    }

    /// Whether what would be made now costs what was agreed to, if it costs anything.
    pub(super) fn is_paid_for(&self) -> bool {
        !self.is_over() || self.agreed == Some(self.allowance_check().price())
    }

    fn confirmation(&self, wanted: Ask) -> Confirmation {
        let check = self.allowance_check();
        let over = match self.over_allowance() {
            Some(evidence) if check.over().is_empty() => evidence.to_string(),
            _ => check.over().join(", "),
        };
        let mut says = vec![("Over", over)];
        let title = if check.costs_more() {
            let price = check.price();
            let said = format!("{price} for what goes beyond, in a month of 744 hours");
            says.push(("Price", said));
            format!("This costs {price}")
        } else {
            "This goes beyond what is free".to_owned()
        };
        if check.fit() != Fit::Plan {
            says.push(("Free", check.fit().to_string()));
        }
        let name = self.value(Key::ClusterName);
        says.push((
            "Where",
            format!("{}, cluster {name}", self.value(Key::Region)),
        ));
        let says = says.into_iter();
        Confirmation {
            title,
            says: says.map(|(name, said)| (name.to_owned(), said)).collect(),
            undo:
                "`k3scope destroy` removes all that bears the cluster's tag; the hours until then \
                   are charged"
                    .to_owned(),
            typed: Some(name),
            yes: "write it, make it, and pay for it".to_owned(),
            then: vec![Effect::Ask(wanted)],
        }
    }
}

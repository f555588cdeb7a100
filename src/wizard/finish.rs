//! From the last field to the beginning: a price is agreed to first, a typed token is kept, then the
//! file is written, then the work begins.

use super::key::Key;
use super::machine::Wizard;
use super::preflight::Checking;
use super::remark::Weight;
use crate::domain::journey::Begin;
use crate::domain::setup::{Ask, Topic};
use crate::effect::Effect;

/// The name of the file that holds a typed token.
const TOKEN_NAME: &str = "cloudflare-token";

/// How far writing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// Not begun.
    #[default]
    No,
    /// Somebody is asked to agree to the price; the question that follows on a yes.
    Agreeing(Topic),
    /// The token is being kept.
    Keeping,
    /// The file is being written.
    Writing,
    /// The file is written, and the work has begun.
    Begun,
}

impl Wizard {
    /// Whether nothing stands against writing the file. Every check must have ended, unless they
    /// cannot be run at all.
    pub fn can_begin(&self) -> bool {
        let free = matches!(
            self.finish,
            Finish::No | Finish::Agreeing(_) | Finish::Begun
        );
        let checked = matches!(self.checking(), Checking::Ended | Checking::Failed);
        free && checked && !self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.remarks().iter().any(|it| it.weight == Weight::Stop)
    }

    /// Writes and begins; where something must be put right first, leads there.
    pub(super) fn begin(&mut self) {
        if !self.can_begin() {
            let remarks = self.remarks();
            let stop = remarks.iter().find(|it| it.weight == Weight::Stop);
            if let Some(stop) = stop {
                self.lead_to(stop.step, stop.field);
            }
            return;
        }
        self.agreed = None;
        let wanted = self.first_to_do();
        if self.is_over() {
            self.ask_for_agreement(wanted);
            return;
        }
        self.finish = to(wanted.topic());
        self.send(wanted);
    }

    /// A typed token is kept before the file that refers to it is written.
    fn first_to_do(&self) -> Ask {
        let typed =
            self.value(Key::Provider) == "cloudflare" && self.value(Key::TokenFrom) == "typed";
        match self.answers.secret(Key::Token).filter(|_| typed).cloned() {
            Some(secret) => Ask::KeepSecret {
                name: TOKEN_NAME.to_owned(),
                secret,
            },
            None => self.writing(),
        }
    }

    fn writing(&self) -> Ask {
        Ask::Write {
            text: self.text().to_owned(),
        }
    }

    /// Takes the next step where the last one was answered.
    pub(super) fn go_on(&mut self) {
        if let Finish::Agreeing(topic) = self.finish
            && self.is_agreed(topic)
        {
            self.agreed = self.price_asked.take();
            self.finish = to(topic);
        }
        match self.finish {
            Finish::Keeping if self.is_answered(Topic::Secret) => {
                self.finish = Finish::No;
                // What is written was seen: what was typed meanwhile is checked before.
                if self.facts.secret.known().is_some() && !self.is_stopped() && self.is_paid_for() {
                    self.send(self.writing());
                    self.finish = Finish::Writing;
                }
            }
            Finish::Writing if self.is_answered(Topic::Written) => {
                self.finish = Finish::No;
                if self.facts.written.known().is_some() {
                    self.finish = Finish::Begun;
                    let begin = Begin::Apply {
                        allow_paid: self.agreed.is_some(),
                        replace: Vec::new(),
                    };
                    self.outbox.push(Effect::Begin(begin));
                }
            }
            Finish::No
            | Finish::Agreeing(_)
            | Finish::Keeping
            | Finish::Writing
            | Finish::Begun => {}
        }
    }
}

/// What is under way while a question of this topic is answered.
fn to(topic: Topic) -> Finish {
    if topic == Topic::Secret {
        Finish::Keeping
    } else {
        Finish::Writing
    }
}

//! From the last field to the beginning: a typed token is kept first, then the file is written,
//! then the work begins.

use super::key::Key;
use super::machine::Wizard;
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
    /// The token is being kept.
    Keeping,
    /// The file is being written.
    Writing,
    /// The file is written, and the work has begun.
    Begun,
}

impl Wizard {
    /// Whether nothing stands against writing the file.
    pub fn can_begin(&self) -> bool {
        let free = matches!(self.finish, Finish::No | Finish::Begun);
        free && !self.remarks().iter().any(|it| it.weight == Weight::Stop)
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
        let typed =
            self.value(Key::Provider) == "cloudflare" && self.value(Key::TokenFrom) == "typed";
        match self.answers.secret(Key::Token).filter(|_| typed).cloned() {
            Some(secret) => {
                let name = TOKEN_NAME.to_owned();
                self.send(Ask::KeepSecret { name, secret });
                self.finish = Finish::Keeping;
            }
            None => self.write(),
        }
    }

    /// Takes the next step where the last one was answered.
    pub(super) fn go_on(&mut self) {
        match self.finish {
            Finish::Keeping if self.is_answered(Topic::Secret) => {
                if self.facts.secret.known().is_some() {
                    self.write();
                } else {
                    self.finish = Finish::No;
                }
            }
            Finish::Writing if self.is_answered(Topic::Written) => {
                self.finish = Finish::No;
                if self.facts.written.known().is_some() {
                    self.finish = Finish::Begun;
                    let allow_paid = self.allowance_check().costs_more() && self.has_agreed();
                    let begin = Begin::Apply { allow_paid };
                    self.outbox.push(Effect::Begin(begin));
                }
            }
            Finish::No | Finish::Keeping | Finish::Writing | Finish::Begun => {}
        }
    }

    /// What is written was seen: what was typed meanwhile is checked before.
    fn write(&mut self) {
        if self.remarks().iter().any(|it| it.weight == Weight::Stop) {
            self.finish = Finish::No;
            return;
        }
        let text = self.text().to_owned();
        self.send(Ask::Write { text });
        self.finish = Finish::Writing;
    }
}

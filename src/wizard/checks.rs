//! What is asked of the world: each question once its inputs are complete, and again when they
//! have changed.

use std::path::PathBuf;

use super::document::TokenRef;
use super::engine::TERRAFORM;
use super::key::Key;
use super::machine::Wizard;
use crate::domain::setup::{Ask, Facts, Topic};
use crate::effect::Effect;

/// A question that was asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    ask: Ask,
    /// How many answers there were to its topic before.
    before: u64,
}

impl Asked {
    /// Whether it was asked in just this way.
    pub(super) fn is(&self, ask: &Ask) -> bool {
        self.ask == *ask
    }
}

impl Wizard {
    /// Asks what is wanted and was not asked in just this way.
    pub(super) fn ask(&mut self) {
        for ask in self.wanted() {
            let asked = self.asked.get(&ask.topic());
            if !asked.is_some_and(|asked| is_answered_by(&ask, &asked.ask)) {
                self.send(ask);
            }
        }
    }

    /// Sends a question, whether or not it was asked before.
    pub(super) fn send(&mut self, ask: Ask) {
        self.note(&ask);
        self.outbox.push(Effect::Ask(ask));
    }

    /// Notes a question, of which the answer is waited for from now on.
    pub(super) fn note(&mut self, ask: &Ask) {
        let before = answers(&self.facts, ask.topic());
        let asked = Asked {
            ask: ask.clone(),
            before,
        };
        self.asked.insert(ask.topic(), asked);
    }

    /// Whether the last question of a topic has its answer, or has failed.
    pub(super) fn is_answered(&self, topic: Topic) -> bool {
        let asked = self.asked.get(&topic);
        asked.is_some_and(|asked| answers(&self.facts, topic) > asked.before)
    }

    /// Whether a question of a topic was asked and is not answered yet.
    pub(super) fn is_asking(&self, topic: Topic) -> bool {
        self.asked.contains_key(&topic) && !self.is_answered(topic)
    }

    pub(super) fn forget(&mut self, topics: &[Topic]) {
        for topic in topics {
            self.asked.remove(topic);
        }
    }

    fn wanted(&self) -> Vec<Ask> {
        let asks = [
            self.wanted_profiles(),
            self.wanted_ssh_key(),
            self.wanted_account(),
            self.wanted_limits(),
            self.wanted_program(),
            self.wanted_zone(),
            self.wanted_preflight(),
        ];
        asks.into_iter().flatten().collect()
    }

    fn wanted_profiles(&self) -> Option<Ask> {
        let config_file = self.config_file();
        (!config_file.as_os_str().is_empty()).then_some(Ask::Profiles { config_file })
    }

    fn wanted_ssh_key(&self) -> Option<Ask> {
        let (private, public) = (self.value(Key::SshPrivate), self.value(Key::SshPublic));
        (!private.is_empty() && !public.is_empty()).then(|| Ask::SshKey {
            private_key: PathBuf::from(private),
            public_key: PathBuf::from(public),
            make: false,
        })
    }

    fn wanted_account(&self) -> Option<Ask> {
        let profile = self.profile()?;
        let passphrase = self.answers.secret(Key::Passphrase);
        let locked = profile.needs_passphrase && passphrase.is_none();
        if locked || profile.problem.is_some() || self.value(Key::Access) != "profile" {
            return None;
        }
        Some(Ask::Account {
            config_file: self.config_file(),
            profile: profile.name.to_string(),
            passphrase: passphrase.filter(|_| profile.needs_passphrase).cloned(),
        })
    }

    fn wanted_limits(&self) -> Option<Ask> {
        let account = self.account()?;
        let (region, compartment) = (self.value(Key::Region), self.value(Key::Compartment));
        let subscribed = account.regions.iter().any(|it| it.name == region.as_str());
        (subscribed && !compartment.is_empty()).then_some(Ask::Limits {
            region,
            compartment,
        })
    }

    fn wanted_program(&self) -> Option<Ask> {
        (self.value(Key::Engine) == TERRAFORM).then_some(Ask::Program)
    }

    /// A token that is only referred to can be tried where the file already refers to it.
    fn wanted_zone(&self) -> Option<Ask> {
        let zone = self.value(Key::Zone);
        if self.value(Key::Provider) != "cloudflare" || !zone.contains('.') {
            return None;
        }
        let typed = self.value(Key::TokenFrom) == "typed";
        let reference = self.token_reference();
        let token = self.answers.secret(Key::Token).filter(|_| typed).cloned();
        let referred = reference != TokenRef::None && reference == self.document.token();
        if token.is_none() && !referred {
            return None;
        }
        Some(Ask::Zone { zone, token })
    }

    /// Whether the zone that is typed was found with a token that may change it.
    pub fn zone_is_open(&self) -> bool {
        let zone = self.value(Key::Zone);
        let found = self.facts.zone.known();
        found.is_some_and(|(name, _)| name.eq_ignore_ascii_case(&zone))
    }
}

/// Whether the answer to `asked` is one to `ask` too: making a key finds it as well.
fn is_answered_by(ask: &Ask, asked: &Ask) -> bool {
    match (ask, asked) {
        (
            Ask::SshKey {
                private_key,
                public_key,
                make: false,
            },
            Ask::SshKey {
                private_key: private,
                public_key: public,
                ..
            },
        ) => private_key == private && public_key == public,
        _ => ask == asked,
    }
}

fn answers(facts: &Facts, topic: Topic) -> u64 {
    facts.answers.get(&topic).copied().unwrap_or(0)
}

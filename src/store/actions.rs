//! What was done in the cluster on a person's wish, newest kept, and what was learnt of rights.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::domain::action::{Action, ActionEvent, ActionOutcome, Right};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// Actions that are kept.
const MOST: usize = 500;
/// Commands of one action that are kept: a drain writes one for each pod.
const COMMANDS: usize = 300;
/// Rights that are kept.
const RIGHTS: usize = 2_000;

/// One action.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number in this session.
    pub number: u32,
    /// When it began.
    pub begun: Timestamp,
    /// What.
    pub action: Action,
    /// The commands that do what was written, in order.
    pub commands: Vec<String>,
    /// How far it is, where it tells.
    pub stands: Option<Line>,
    /// How and when it ended.
    pub ended: Option<(Timestamp, ActionOutcome)>,
}

impl Entry {
    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        matches!(self.ended, Some((_, ActionOutcome::Done { .. })))
    }
}

/// The action log, and rights as far as they were asked about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions {
    entries: VecDeque<Entry>,
    rights: BTreeMap<Right, bool>,
    revision: u64,
}

impl Actions {
    /// Actions, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// One action.
    pub fn get(&self, number: u32) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Rises with everything that is learnt.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The action on an object that has not ended: what the object says of itself is not its last
    /// word. The newest, where there are several.
    pub fn under_way(&self, kind: &str, of: &ObjectRef) -> Option<&Action> {
        let open = self.entries.iter().rev().filter(|it| it.ended.is_none());
        open.map(|entry| &entry.action)
            .find(|action| action.kind() == kind && action.target() == *of)
    }

    /// Whether something is permitted; nothing while that is not known.
    pub fn permits(&self, right: &Right) -> Option<bool> {
        self.rights.get(right).copied()
    }

    pub(super) fn learn(&mut self, event: ActionEvent, at: Timestamp) {
        self.revision += 1;
        match event {
            ActionEvent::Begun { number, action } => {
                if self.entries.len() == MOST {
                    self.entries.pop_front();
                }
                self.entries.push_back(Entry {
                    number,
                    begun: at,
                    action,
                    commands: Vec::new(),
                    stands: None,
                    ended: None,
                });
            }
            ActionEvent::Wrote { number, command } => {
                if let Some(entry) = self.entry(number)
                    && entry.commands.len() < COMMANDS
                {
                    entry.commands.push(command);
                }
            }
            ActionEvent::Stands { number, said } => {
                if let Some(entry) = self.entry(number) {
                    entry.stands = Some(said);
                }
            }
            ActionEvent::Ended { number, outcome } => {
                if let Some(entry) = self.entry(number) {
                    entry.ended = Some((at, outcome));
                }
            }
            ActionEvent::Permitted { right, allowed } => {
                if self.rights.len() < RIGHTS || self.rights.contains_key(&right) {
                    self.rights.insert(right, allowed);
                }
            }
        }
    }

    fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh(name: &str) -> Action {
        Action::Refresh {
            app: ObjectRef::new("argocd", name),
            hard: false,
        }
    }

    #[test]
    fn what_has_ended_is_not_under_way_and_the_oldest_is_forgotten() {
        let mut actions = Actions::default();
        let at = Timestamp::UNIX_EPOCH;
        for number in 1..=(u32::try_from(MOST).unwrap() + 1) {
            let action = refresh(if number % 2 == 0 { "docs" } else { "root" });
            actions.learn(ActionEvent::Begun { number, action }, at);
        }
        assert_eq!(actions.entries().len(), MOST);
        assert!(actions.get(1).is_none());
        let docs = ObjectRef::new("argocd", "docs");
        assert!(actions.under_way("Application", &docs).is_some());
        assert!(actions.under_way("Certificate", &docs).is_none());
        for number in 2..=501 {
            let said = "asked".into();
            let outcome = ActionOutcome::Done { said };
            actions.learn(ActionEvent::Ended { number, outcome }, at);
        }
        assert!(actions.under_way("Application", &docs).is_none());
    }

    #[test]
    fn a_right_is_unknown_until_it_was_asked_about() {
        let mut actions = Actions::default();
        let right = Right::new("delete", "", "pods", &"docs".into());
        assert_eq!(actions.permits(&right), None);
        let event = ActionEvent::Permitted {
            right: right.clone(),
            allowed: false,
        };
        actions.learn(event, Timestamp::UNIX_EPOCH);
        assert_eq!(actions.permits(&right), Some(false));
    }
}

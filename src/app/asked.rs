//! What the screen asked for and whoever leads the session has not taken yet.
//!
//! Keys come faster than work begins. The loop never waits for it: what finds no room waits here,
//! and of two questions about the same thing only the newer one is worth asking.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::effect::Effect;

/// More than a person asks for before the first of it begins.
const MOST: usize = 64;

/// Effects on their way.
#[derive(Debug, Default)]
pub(super) struct Asked {
    work: Option<mpsc::Sender<Effect>>,
    waiting: VecDeque<Effect>,
}

/// There is no room for more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Asked {
    /// Hands on to `work`; without it, nobody can be asked.
    pub(super) fn new(work: Option<mpsc::Sender<Effect>>) -> Self {
        Self {
            work,
            waiting: VecDeque::new(),
        }
    }

    /// Takes one in, and hands on what there is room for.
    pub(super) fn push(&mut self, effect: Effect) -> Result<(), Full> {
        if self.work.is_none() {
            return Ok(());
        }
        self.waiting.retain(|older| !replaces(&effect, older));
        if self.waiting.len() >= MOST {
            return Err(Full);
        }
        self.waiting.push_back(effect);
        self.hand_on();
        Ok(())
    }

    /// Hands on what there is room for.
    fn hand_on(&mut self) {
        let Some(work) = &self.work else { return };
        while let Some(effect) = self.waiting.pop_front() {
            match work.try_send(effect) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(effect)) => {
                    return self.waiting.push_front(effect);
                }
                // Whoever led the session has ended; the session ends with it.
                Err(mpsc::error::TrySendError::Closed(_)) => return self.waiting.clear(),
            }
        }
    }

    /// Comes when one more has been handed on; never while nothing waits.
    pub(super) async fn handed_on(&mut self) {
        let Some(work) = self.work.as_ref().filter(|_| !self.waiting.is_empty()) else {
            return std::future::pending().await;
        };
        match work.reserve().await {
            Ok(room) => {
                if let Some(effect) = self.waiting.pop_front() {
                    room.send(effect);
                }
            }
            Err(_) => self.waiting.clear(),
        }
    }
}

/// Whether `newer` makes `older` needless: a question about the same thing.
fn replaces(newer: &Effect, older: &Effect) -> bool {
    match (newer, older) {
        (Effect::Ask(newer), Effect::Ask(older)) => newer.topic() == older.topic(),
        (Effect::Check(_), Effect::Check(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::journey::Begin;
    use crate::domain::setup::Ask;

    fn keep(draft: &str) -> Effect {
        Effect::Ask(Ask::Keep {
            draft: draft.to_owned(),
        })
    }

    #[tokio::test]
    async fn nothing_is_lost_and_only_the_newest_of_its_kind_is_asked() {
        let (work, mut taken) = mpsc::channel(1);
        let mut asked = Asked::new(Some(work));
        for draft in ["a", "ab", "abc"] {
            asked.push(keep(draft)).unwrap();
        }
        asked.push(Effect::Begin(Begin::Plan)).unwrap();
        let mut seen = vec![taken.recv().await.unwrap()];
        for _ in 0..2 {
            asked.handed_on().await;
            seen.push(taken.recv().await.unwrap());
        }
        let expected = [keep("a"), keep("abc"), Effect::Begin(Begin::Plan)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_too_much_is_said() {
        let (work, _taken) = mpsc::channel(1);
        let mut asked = Asked::new(Some(work));
        let begin = || Effect::Begin(Begin::Stop);
        let room = (0..=MOST).filter(|_| asked.push(begin()).is_ok());
        assert_eq!(room.count(), MOST + 1);
        assert_eq!(asked.push(begin()), Err(Full));
    }
}

//! When each name is asked about again. Pure but for the readings of the clock that it is handed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::domain::object::ObjectRef;
use crate::domain::resolved::Heard;
use crate::domain::sought::Name;

/// The longest and the shortest time between two questions about a name.
const EVERY: Duration = Duration::from_secs(30);
const SOONEST: Duration = Duration::from_secs(5);
/// What each further name adds to the time between two rounds: about ten questions a second, by all.
const SPREAD: Duration = Duration::from_millis(500);

/// The names, each with when it is due; a new one is due at once.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<Name, Option<Instant>>);

impl Turns {
    /// Follows `names` from now on. Gives what is sought no longer, by type and name.
    pub(super) fn follow(&mut self, names: Vec<Name>) -> Vec<ObjectRef> {
        let id = |name: &Name| ObjectRef::new(name.kind.clone(), name.name.clone());
        let before = std::mem::take(&mut self.0);
        let mut gone: BTreeSet<ObjectRef> = before.keys().map(id).collect();
        for name in names {
            gone.remove(&id(&name));
            // Of a name that is published otherwise than before, the old turn does not count.
            let due = before.get(&name).copied().flatten();
            self.0.insert(name, due);
        }
        gone.into_iter().collect()
    }

    /// Names that are due.
    pub(super) fn due(&self, now: Instant) -> Vec<Name> {
        let due = self.0.iter();
        due.filter(|(_, at)| at.is_none_or(|at| at <= now))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// A name was asked about, and is again `next`.
    pub(super) fn asked(&mut self, name: &Name, next: Instant) {
        if let Some(due) = self.0.get_mut(name) {
            *due = Some(next);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// How long to wait before a name of `names` is asked about again: until the first answer's time is
/// over, within bounds.
pub(super) fn pause(heard: &[Heard], names: usize) -> Duration {
    let over = heard.iter().filter_map(|each| each.answer.ttl()).min();
    let over = over.map_or(EVERY, |ttl| Duration::from_secs(u64::from(ttl) + 1));
    let many = SPREAD.saturating_mul(u32::try_from(names).unwrap_or(u32::MAX));
    over.clamp(SOONEST, EVERY).max(many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::domain::resolved::{Answer, ServerSort};
    use jiff::Timestamp;
    use rstest::rstest;

    fn name(name: &str, published: &str) -> Name {
        Name {
            name: name.into(),
            kind: "A".into(),
            zone: "example.com".into(),
            published: vec![published.into()],
        }
    }

    #[test]
    fn a_name_that_is_published_anew_is_due_at_once() {
        let now = Clock::default().instant();
        let later = now + Duration::from_secs(30);
        let mut turns = Turns::default();
        let (docs, argocd) = (name("docs", "203.0.113.7"), name("argocd", "203.0.113.7"));
        assert!(turns.follow(vec![docs.clone(), argocd.clone()]).is_empty());
        assert_eq!(turns.due(now).len(), 2);
        turns.asked(&docs, later);
        turns.asked(&argocd, later);
        let moved = name("docs", "203.0.113.9");
        let gone = turns.follow(vec![moved.clone(), argocd]);
        assert!(gone.is_empty(), "the name is still sought: {gone:?}");
        assert_eq!(turns.due(now), std::slice::from_ref(&moved));
        let gone = turns.follow(vec![moved]);
        assert_eq!(gone, [ObjectRef::new("A", "argocd")]);
    }

    #[rstest]
    #[case::fresh(Some(300), 1, 30)]
    #[case::nearly_over(Some(3), 1, 5)]
    #[case::over_soon(Some(12), 1, 13)]
    #[case::nobody_told(None, 1, 30)]
    #[case::many(Some(3), 200, 100)]
    fn it_is_asked_when_the_answer_is_over(
        #[case] ttl: Option<u32>,
        #[case] names: usize,
        #[case] seconds: u64,
    ) {
        let heard = [Heard {
            server: "192.0.2.1".into(),
            sort: ServerSort::Resolver,
            at: Timestamp::UNIX_EPOCH,
            answer: Answer::Nothing { exists: true, ttl },
        }];
        assert_eq!(pause(&heard, names), Duration::from_secs(seconds));
    }
}

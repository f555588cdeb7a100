//! What the journals of a cluster add up to: how far the retry tokens are, and how a hunt stands.
//!
//! A pure fold of lines; reading the files is [`super::read`]'s.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::entry::{Entry, Line};
use crate::domain::hunt::{HuntEnd, LaunchAnswer, Place};
use crate::domain::plan::ResourceKey;
use crate::domain::provision::Outcome;

/// OCI's code for a token that was used before, with another body or for what is deleted.
const RETIRED: &str = "InvalidatedRetryToken";
/// Where doubling ends: steps of 64 numbers.
const MOST_DOUBLINGS: u32 = 6;

/// The last that is known of the creates of one resource.
#[derive(Clone, Debug)]
struct Attempt {
    number: u32,
    body: String,
    place: Option<Place>,
    answered: bool,
    /// How many tokens in a row were refused as used before.
    retired: u32,
}

/// What earlier runs, and this one so far, left to know.
#[derive(Clone, Debug, Default)]
pub struct Past {
    attempts: BTreeMap<ResourceKey, Attempt>,
    hunt: HuntPast,
}

/// The launches since the cluster was last complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HuntPast {
    /// How many went out.
    pub launches: u32,
    /// When the last was answered, or went out if it never was.
    pub last: Option<Timestamp>,
    /// When the last was answered that was turned away: it waits for room, or was sent too soon.
    pub turned_away: Option<Timestamp>,
    /// How often each node was tried at each place.
    pub tries: BTreeMap<(ResourceKey, Place), u32>,
    /// The hunt that has not ended: it was stopped, or its run was killed.
    pub open: Option<OpenHunt>,
}

/// A hunt that goes on with the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenHunt {
    /// When it began.
    pub since: Timestamp,
    /// When it is given up.
    pub until: Timestamp,
    /// For how long it was asked to hunt, in seconds.
    pub asked: u64,
}

impl Past {
    pub(super) fn fold(&mut self, line: &Line) {
        match &line.entry {
            Entry::Intent {
                key,
                attempt,
                body,
                place,
            } => self.sent(line.at, key, (*attempt, body), place.as_ref()),
            Entry::Refused { key, code, answer } => {
                if let Some(last) = self.attempts.get_mut(key) {
                    last.answered = true;
                    last.retired = if code == RETIRED { last.retired + 1 } else { 0 };
                }
                if answer.is_some() {
                    self.hunt.last = Some(line.at);
                }
                if answer.is_some_and(|answer| answer != LaunchAnswer::Refused) {
                    self.hunt.turned_away = Some(line.at);
                }
            }
            Entry::Created { key, .. } | Entry::Deleted { key, .. } => {
                if let Some(last) = self.attempts.get_mut(key) {
                    last.answered = true;
                    last.retired = 0;
                }
            }
            Entry::HuntBegan { until, asked } => {
                let since = self.hunt.open.map_or(line.at, |open| open.since);
                self.hunt.open = Some(OpenHunt {
                    since,
                    until: *until,
                    asked: *asked,
                });
            }
            Entry::HuntEnded { end } => {
                if *end != HuntEnd::Stopped {
                    self.hunt.open = None;
                }
            }
            Entry::Finished { outcome } => {
                if *outcome == Outcome::Done {
                    self.hunt = HuntPast::default();
                }
            }
            Entry::Started { .. }
            | Entry::Changing { .. }
            | Entry::Changed { .. }
            | Entry::Forced { .. }
            | Entry::Ready { .. } => {}
        }
    }

    fn sent(
        &mut self,
        at: Timestamp,
        key: &ResourceKey,
        (number, body): (u32, &str),
        place: Option<&Place>,
    ) {
        let retired = self.attempts.get(key).map_or(0, |last| last.retired);
        let last = Attempt {
            number,
            body: body.to_owned(),
            place: place.cloned(),
            answered: false,
            retired,
        };
        self.attempts.insert(key.clone(), last);
        if let Some(place) = place {
            let hunt = &mut self.hunt;
            hunt.launches = hunt.launches.saturating_add(1);
            hunt.last = Some(at);
            let tries = hunt.tries.entry((key.clone(), place.clone())).or_default();
            *tries = tries.saturating_add(1);
        }
    }

    /// The number that the next create of `key` carries in its retry token: the last one's while
    /// that is unanswered and had the same body, a higher one otherwise. Numbers that OCI keeps
    /// refusing as used are passed over in doubled steps: another computer may have used hundreds.
    pub(super) fn attempt(&self, key: &ResourceKey, body: &str) -> u32 {
        match self.attempts.get(key) {
            None => 1,
            Some(last) if !last.answered && last.body == body => last.number,
            Some(last) => {
                let doublings = last.retired.saturating_sub(1).min(MOST_DOUBLINGS);
                last.number.saturating_add(1 << doublings)
            }
        }
    }

    /// Where a launch went whose answer never came.
    pub(super) fn unanswered(&self, key: &ResourceKey) -> Option<&Place> {
        let last = self.attempts.get(key).filter(|last| !last.answered)?;
        last.place.as_ref()
    }

    /// How the launches stand.
    pub fn hunt(&self) -> &HuntPast {
        &self.hunt
    }
}

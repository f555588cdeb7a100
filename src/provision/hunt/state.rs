//! The state of all launches of a run: who may launch, where, and when.
//!
//! Every node's first launch goes out as soon as it can. The first that is turned away begins the
//! hunt: from then on one launch is under way at a time, and the next goes out no sooner than a
//! minute after the last was answered. Pure: times come in, decisions and events go out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::ground::Ground;
use super::rhythm::{MOST_REPEATS, Rhythm};
use crate::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::plan::ResourceKey;
use crate::provision::journal::HuntPast;

/// Where the hunt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provision) enum Mode {
    /// Nothing was turned away yet.
    Open,
    /// One launch at a time.
    Hunting {
        since: Timestamp,
        until: Timestamp,
        /// Whether it was told that it began.
        told: bool,
    },
    /// Nothing is launched any more.
    Ended(HuntEnd),
}

/// A node that is ready to be launched.
#[derive(Clone, Debug)]
struct Wanted {
    /// The place of its first launch.
    preferred: Place,
    /// Where it must be repeated: an answer never came, and only there does its token hold.
    repeat: Option<Place>,
    /// Whether a launch is under way.
    sent: bool,
    /// The number of its last launch in this run.
    last: Option<u32>,
    not_before: Option<Timestamp>,
    /// Since when a limit is said to forbid it.
    limited: Option<Timestamp>,
    repeats: u32,
}

/// What a node is to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::provision) enum Turn {
    /// Launch it there; the number counts over all runs.
    Launch(Place, u32),
    /// Ask for a capacity report first.
    Report,
    /// Ask again at this time, or at news.
    Wait(Option<Timestamp>),
    /// Nothing is launched any more.
    Over(HuntEnd),
}

/// What follows from an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::provision) struct Heard {
    /// What there is to tell.
    pub(in crate::provision) events: Vec<HuntEvent>,
    /// The node is not launched again.
    pub(in crate::provision) given_up: bool,
}

/// The launch that goes out next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    key: ResourceKey,
    place: Place,
    at: Timestamp,
}

/// All launches of one run.
#[derive(Debug)]
pub(in crate::provision) struct Hunt {
    rhythm: Rhythm,
    pub(in crate::provision) ground: Ground,
    /// Nodes that are not had yet.
    lacking: BTreeSet<ResourceKey>,
    /// Those of them that asked.
    wanted: BTreeMap<ResourceKey, Wanted>,
    pub(in crate::provision) mode: Mode,
    /// When the hunt began that has ended.
    since: Option<Timestamp>,
    number: u32,
    not_before: Option<Timestamp>,
    /// Refusals in a row for too many requests.
    throttled: u32,
    reported: Option<Timestamp>,
    announced: Option<Planned>,
    because: &'static str,
}

impl Hunt {
    /// Goes on from what earlier runs did. A hunt that has not ended goes on at once, with its
    /// deadline unless another time was asked for.
    pub(in crate::provision) fn new(
        rhythm: Rhythm,
        places: Vec<Place>,
        lacking: BTreeSet<ResourceKey>,
        past: &HuntPast,
        (now, asked): (Timestamp, u64),
    ) -> Self {
        let open = past.open.filter(|open| open.until > now && asked > 0);
        let mode = open.map_or(Mode::Open, |open| Mode::Hunting {
            since: open.since,
            until: if open.asked == asked {
                open.until
            } else {
                later(now, rhythm.hunt_for)
            },
            told: false,
        });
        let last = if mode == Mode::Open {
            past.turned_away
        } else {
            past.last
        };
        // A clock that was set back must not make it wait for ever.
        let not_before = last.map(|last| later(last.min(now), rhythm.gap));
        Self {
            ground: Ground::new(places, past.tries.clone()),
            rhythm,
            lacking,
            wanted: BTreeMap::new(),
            mode,
            since: None,
            number: past.launches,
            not_before,
            throttled: 0,
            reported: None,
            announced: None,
            because: "a run before this one launched less than a minute ago",
        }
    }

    /// A node is ready to be launched.
    pub(in crate::provision) fn ask(
        &mut self,
        key: &ResourceKey,
        preferred: Place,
        repeat: Option<Place>,
    ) {
        let known = self.ground.places();
        let wanted = Wanted {
            preferred,
            repeat: repeat.filter(|place| known.contains(place)),
            sent: false,
            last: None,
            not_before: None,
            limited: None,
            repeats: 0,
        };
        self.wanted.insert(key.clone(), wanted);
    }

    /// What `key` is to do now. A launch that is answered with [`Turn::Launch`] counts as sent.
    pub(in crate::provision) fn turn(&mut self, key: &ResourceKey, now: Timestamp) -> Turn {
        if let Mode::Ended(end) = self.mode {
            return Turn::Over(end);
        }
        let next = self.next(key, now).filter(|next| next.key == *key);
        let Some(next) = next else {
            return Turn::Wait(self.deadline());
        };
        if self.wants_report(now) {
            self.reported = Some(now);
            return Turn::Report;
        }
        if next.at > now {
            let until = self.deadline().unwrap_or(next.at);
            return Turn::Wait(Some(next.at.min(until)));
        }
        self.send(key, &next.place);
        Turn::Launch(next.place, self.number)
    }

    fn send(&mut self, key: &ResourceKey, place: &Place) {
        self.number = self.number.saturating_add(1);
        self.ground.tried(key, place, self.number);
        self.announced = None;
        if let Some(wanted) = self.wanted.get_mut(key) {
            wanted.sent = true;
            wanted.last = Some(self.number);
        }
    }

    /// A launch of `key`, which has asked, went out there before this was made of a past that counts
    /// it; its answer is still to come.
    pub(in crate::provision) fn went_out(&mut self, key: &ResourceKey, place: &Place, number: u32) {
        self.ground.recall(place, number);
        if let Some(wanted) = self.wanted.get_mut(key) {
            wanted.sent = true;
            wanted.last = Some(number);
        }
    }

    /// The launch that goes out next: before the hunt, `key`'s own; then one at a time over all
    /// nodes, the one that waited longest first.
    fn next(&self, key: &ResourceKey, now: Timestamp) -> Option<Planned> {
        let planned = |(key, wanted): (&ResourceKey, &Wanted)| {
            let not_before = self.not_before.max(wanted.not_before);
            let place = self.place(key, wanted)?;
            let at = not_before.map_or(now, |at| at.max(now));
            Some((at, wanted.last, key.clone(), place))
        };
        let (at, _, key, place) = if matches!(self.mode, Mode::Open) {
            let own = self.wanted.get_key_value(key);
            own.filter(|(_, wanted)| !wanted.sent).and_then(planned)?
        } else if self.wanted.values().any(|wanted| wanted.sent) {
            return None;
        } else {
            self.wanted.iter().filter_map(planned).min()?
        };
        Some(Planned { key, place, at })
    }

    fn place(&self, key: &ResourceKey, wanted: &Wanted) -> Option<Place> {
        if let Some(repeat) = &wanted.repeat {
            return Some(repeat.clone());
        }
        if wanted.last.is_none() && self.mode == Mode::Open {
            return Some(wanted.preferred.clone());
        }
        self.ground.next(key).cloned()
    }

    fn wants_report(&self, now: Timestamp) -> bool {
        let old = |at: Timestamp| later(at, self.rhythm.report_every) <= now;
        matches!(self.mode, Mode::Hunting { .. }) && self.reported.is_none_or(old)
    }

    /// What a report said.
    pub(in crate::provision) fn hinted(&mut self, hints: &[(Place, Hint)]) {
        self.ground.hinted(hints, &self.wanted.keys());
    }

    /// What the launch of `key` at `place` was answered. `jitter` is up to [`Rhythm::spread`].
    pub(in crate::provision) fn answered(
        &mut self,
        (key, place): (&ResourceKey, &Place),
        answer: LaunchAnswer,
        (now, jitter): (Timestamp, Duration),
    ) -> Heard {
        self.throttled = if answer == LaunchAnswer::TooManyRequests {
            self.throttled.saturating_add(1)
        } else {
            0
        };
        let hunts = !self.rhythm.hunt_for.is_zero();
        let Some(wanted) = self.wanted.get_mut(key) else {
            return Heard::default();
        };
        wanted.sent = false;
        wanted.repeat = None;
        let limited = wanted.limited.take();
        let mut given_up = false;
        let mut away = self.rhythm.gap;
        match answer {
            LaunchAnswer::Accepted => {}
            LaunchAnswer::OutOfCapacity => {
                self.because = "a launch a minute at most";
                given_up = !hunts;
            }
            LaunchAnswer::TooManyRequests => {
                self.because = "OCI asked for fewer requests";
                away = self.rhythm.backoff(self.throttled);
                wanted.repeats = wanted.repeats.saturating_add(1);
                given_up = !hunts && wanted.repeats >= MOST_REPEATS;
            }
            LaunchAnswer::PhantomLimit => {
                self.because = "OCI still counts launches that failed";
                let since = limited.unwrap_or(now);
                wanted.limited = Some(since);
                wanted.not_before = Some(later(now, self.rhythm.limit_gap));
                given_up = !hunts || later(since, self.rhythm.longest_lag) <= now;
            }
            LaunchAnswer::Unclear => {
                self.because = "the last launch was not answered";
                wanted.repeat = Some(place.clone());
                wanted.not_before = Some(later(now, self.rhythm.gap + jitter));
                wanted.repeats = wanted.repeats.saturating_add(1);
                given_up = self.mode == Mode::Open && wanted.repeats >= MOST_REPEATS;
            }
            LaunchAnswer::Refused => given_up = true,
        }
        let paced = self.mode != Mode::Open || waits(answer);
        if paced {
            self.not_before = self.not_before.max(Some(later(now, away + jitter)));
        }
        let events = self.follow(key, answer, given_up, now);
        Heard { events, given_up }
    }

    /// How the mode changes by an answer.
    fn follow(
        &mut self,
        key: &ResourceKey,
        answer: LaunchAnswer,
        given_up: bool,
        now: Timestamp,
    ) -> Vec<HuntEvent> {
        let accepted = answer == LaunchAnswer::Accepted;
        if accepted || given_up {
            self.wanted.remove(key);
        }
        if accepted {
            self.lacking.remove(key);
        }
        match self.mode {
            Mode::Open if waits(answer) && !given_up && !self.rhythm.hunt_for.is_zero() => {
                self.mode = Mode::Hunting {
                    since: now,
                    until: later(now, self.rhythm.hunt_for),
                    told: false,
                };
                self.begun()
            }
            Mode::Hunting { .. } if given_up => self.end(HuntEnd::Refused),
            Mode::Hunting { .. } if self.lacking.is_empty() => self.end(HuntEnd::Found),
            Mode::Open | Mode::Hunting { .. } | Mode::Ended(_) => Vec::new(),
        }
    }

    /// The token was used before: the launch never began, and goes out again under another number,
    /// at once unless there is a hunt on.
    pub(in crate::provision) fn retired(&mut self, key: &ResourceKey, now: Timestamp) {
        if matches!(self.mode, Mode::Hunting { .. }) {
            self.not_before = self.not_before.max(Some(later(now, self.rhythm.gap)));
        }
        if let Some(wanted) = self.wanted.get_mut(key) {
            wanted.sent = false;
            wanted.last = None;
        }
    }

    /// Tells that it began, once.
    pub(in crate::provision) fn begun(&mut self) -> Vec<HuntEvent> {
        let Mode::Hunting { until, told, .. } = &mut self.mode else {
            return Vec::new();
        };
        if std::mem::replace(told, true) {
            return Vec::new();
        }
        vec![HuntEvent::Began {
            until: Some(*until),
            nodes: self.lacking.iter().cloned().collect(),
            places: self.ground.places().to_vec(),
        }]
    }

    /// Ends it, if its deadline has come.
    pub(in crate::provision) fn expire(&mut self, now: Timestamp) -> Vec<HuntEvent> {
        if self.deadline().is_some_and(|until| until <= now) {
            self.end(HuntEnd::Deadline)
        } else {
            Vec::new()
        }
    }

    /// A node cannot be launched, for a reason that is not OCI's.
    pub(in crate::provision) fn withdraw(&mut self, key: &ResourceKey) -> Vec<HuntEvent> {
        self.wanted.remove(key);
        self.end(HuntEnd::Refused)
    }

    /// Ends it, if it is on.
    pub(in crate::provision) fn end(&mut self, end: HuntEnd) -> Vec<HuntEvent> {
        if !matches!(self.mode, Mode::Hunting { .. }) {
            return Vec::new();
        }
        self.since = self.since();
        self.mode = Mode::Ended(end);
        vec![HuntEvent::Ended { end }]
    }

    /// What goes out next, if that is news.
    pub(in crate::provision) fn announcement(
        &mut self,
        key: &ResourceKey,
        now: Timestamp,
    ) -> Option<HuntEvent> {
        if !matches!(self.mode, Mode::Hunting { .. }) {
            return None;
        }
        let next = self.next(key, now)?;
        let until = self.deadline()?;
        if next.at <= now || next.at >= until || self.announced.as_ref() == Some(&next) {
            return None;
        }
        self.announced = Some(next.clone());
        Some(HuntEvent::Next {
            at: next.at,
            key: next.key,
            place: next.place,
            because: self.because.to_owned(),
        })
    }

    /// Before when nothing is launched.
    pub(in crate::provision) fn rests_until(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The nodes that are not had yet.
    pub(in crate::provision) fn lacking(&self) -> &BTreeSet<ResourceKey> {
        &self.lacking
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.mode {
            Mode::Hunting { until, .. } => Some(until),
            Mode::Open | Mode::Ended(_) => None,
        }
    }

    /// When it began.
    pub(in crate::provision) fn since(&self) -> Option<Timestamp> {
        match self.mode {
            Mode::Hunting { since, .. } => Some(since),
            Mode::Open | Mode::Ended(_) => self.since,
        }
    }

    /// Whether it is on.
    pub(in crate::provision) fn is_on(&self) -> bool {
        matches!(self.mode, Mode::Hunting { .. })
    }

    /// How many launches there were, over all runs.
    pub(in crate::provision) fn launches(&self) -> u32 {
        self.number
    }
}

/// Whether the answer is one that a hunt waits out.
pub(in crate::provision) fn waits(answer: LaunchAnswer) -> bool {
    matches!(
        answer,
        LaunchAnswer::OutOfCapacity | LaunchAnswer::TooManyRequests | LaunchAnswer::PhantomLimit
    )
}

/// `wait` after `at`.
pub(in crate::provision) fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

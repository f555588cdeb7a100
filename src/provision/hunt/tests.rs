//! The hunt's state, driven by itself: any answers, any reports, any restarts; no clock, no network.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::rhythm::Rhythm;
use super::state::{Hunt, Turn, later};
use crate::clock::Clock;
use crate::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::plan::ResourceKey;
use crate::provision::journal::{HuntPast, OpenHunt};

const MINUTE: Duration = Duration::from_mins(1);
const HOURS: u64 = 200;

/// One launch as the outside sees it.
#[derive(Clone, Debug)]
struct Sent {
    at: Timestamp,
    answered: Timestamp,
    key: ResourceKey,
    place: Place,
    hunting: bool,
}

/// A run, or several, with the world's answers.
struct Drive {
    hunt: Hunt,
    nodes: usize,
    places: Vec<Place>,
    now: Timestamp,
    under_way: Vec<(Timestamp, ResourceKey, Place, LaunchAnswer)>,
    sent: Vec<Sent>,
    tries: BTreeMap<(ResourceKey, Place), u32>,
    open: Option<OpenHunt>,
    events: Vec<HuntEvent>,
    had: BTreeSet<ResourceKey>,
    over: bool,
}

fn node(number: usize) -> ResourceKey {
    ResourceKey::new(format!("node-{number}"))
}

fn places(count: usize) -> Vec<Place> {
    let place = |number: usize| Place {
        availability_domain: format!("x:AD-{number}"),
        fault_domain: None,
    };
    (1..=count).map(place).collect()
}

fn rhythm(hours: u64) -> Rhythm {
    Rhythm::of(Clock::default(), Duration::from_hours(hours))
}

impl Drive {
    fn new(nodes: usize, count: usize, hours: u64) -> Self {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut drive = Self {
            hunt: Self::machine(nodes, &places(count), &HuntPast::default(), (now, hours)),
            nodes,
            places: places(count),
            now,
            under_way: Vec::new(),
            sent: Vec::new(),
            tries: BTreeMap::new(),
            open: None,
            events: Vec::new(),
            had: BTreeSet::new(),
            over: false,
        };
        drive.ask();
        drive
    }

    fn machine(
        nodes: usize,
        places: &[Place],
        past: &HuntPast,
        (now, hours): (Timestamp, u64),
    ) -> Hunt {
        let lacking = (0..nodes).map(node).collect();
        let asked = hours * 3_600;
        Hunt::new(rhythm(hours), places.to_vec(), lacking, past, (now, asked))
    }

    fn ask(&mut self) {
        for number in 0..self.nodes {
            let preferred = self.places[number % self.places.len()].clone();
            if !self.had.contains(&node(number)) {
                self.hunt.ask(&node(number), preferred, None);
            }
        }
        let begun = self.hunt.begun();
        self.take(begun);
    }

    fn take(&mut self, events: Vec<HuntEvent>) {
        for event in &events {
            if let HuntEvent::Began { until, .. } = event {
                let since = self.open.map_or(self.now, |open| open.since);
                self.open = Some(OpenHunt {
                    since,
                    until: until.unwrap(),
                    asked: HOURS * 3_600,
                });
            }
        }
        self.events.extend(events);
    }

    /// The program is killed; what was under way stays unanswered. The next one begins at once.
    fn restart(&mut self) {
        self.under_way.clear();
        let past = HuntPast {
            launches: u32::try_from(self.sent.len()).unwrap(),
            last: self.sent.last().map(|sent| sent.answered.min(self.now)),
            turned_away: None,
            tries: self.tries.clone(),
            open: self.open,
        };
        self.hunt = Self::machine(self.nodes, &self.places, &past, (self.now, HOURS));
        self.ask();
    }

    /// Lets everybody have a turn, then goes to the next moment at which anything can happen.
    fn step(&mut self, latency: Duration, answer: LaunchAnswer, hint: Hint) {
        let mut moments = Vec::new();
        for number in 0..self.nodes {
            let key = node(number);
            if self.had.contains(&key) || self.under_way.iter().any(|(_, k, _, _)| *k == key) {
                continue;
            }
            let ended = self.hunt.expire(self.now);
            self.take(ended);
            match self.hunt.turn(&key, self.now) {
                Turn::Launch(place, _) => {
                    let answered = later(self.now, latency);
                    *self.tries.entry((key.clone(), place.clone())).or_default() += 1;
                    self.sent.push(Sent {
                        at: self.now,
                        answered,
                        key: key.clone(),
                        place: place.clone(),
                        hunting: self.hunt.is_on(),
                    });
                    self.under_way.push((answered, key, place, answer));
                }
                Turn::Report => {
                    let hints: Vec<_> = self.places.iter().map(|p| (p.clone(), hint)).collect();
                    self.hunt.hinted(&hints);
                    moments.push(self.now);
                }
                Turn::Wait(until) => moments.extend(until),
                Turn::Over(_) => self.over = true,
            }
        }
        moments.extend(self.under_way.iter().map(|(at, ..)| *at));
        if let Some(next) = moments.into_iter().min() {
            self.now = self.now.max(next);
        }
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.under_way)
            .into_iter()
            .partition(|(at, ..)| *at <= self.now);
        self.under_way = later;
        for (_, key, place, answer) in due {
            let heard = self
                .hunt
                .answered((&key, &place), answer, (self.now, Duration::ZERO));
            if answer == LaunchAnswer::Accepted || heard.given_up {
                self.had.insert(key);
            }
            self.take(heard.events);
        }
    }

    /// Launches while the hunt was on.
    fn hunted(&self) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(|sent| sent.hunting)
    }
}

fn no_room(drive: &mut Drive, steps: usize) {
    for _ in 0..steps {
        let second = Duration::from_secs(1);
        drive.step(second, LaunchAnswer::OutOfCapacity, Hint::OutOfCapacity);
    }
}

fn answers() -> impl Strategy<Value = LaunchAnswer> {
    prop_oneof![
        6 => Just(LaunchAnswer::OutOfCapacity),
        2 => Just(LaunchAnswer::TooManyRequests),
        1 => Just(LaunchAnswer::PhantomLimit),
        2 => Just(LaunchAnswer::Unclear),
        1 => Just(LaunchAnswer::Accepted),
    ]
}

fn hints() -> impl Strategy<Value = Hint> {
    prop_oneof![
        Just(Hint::Available),
        Just(Hint::OutOfCapacity),
        Just(Hint::NotOffered)
    ]
}

proptest! {
    #[test]
    fn once_one_was_turned_away_launches_are_a_minute_apart(
        nodes in 1..5_usize,
        count in 1..13_usize,
        steps in prop::collection::vec((0..70_u64, answers(), hints()), 1..120),
        kills in prop::collection::btree_set(0..120_usize, 0..3),
    ) {
        let mut drive = Drive::new(nodes, count, HOURS);
        for (number, (seconds, answer, hint)) in steps.into_iter().enumerate() {
            drive.step(Duration::from_secs(seconds), answer, hint);
            if kills.contains(&number) && drive.hunt.is_on() {
                drive.restart();
            }
        }
        let began = drive.open.map(|open| open.since);
        let after: Vec<&Sent> = drive.sent.iter().filter(|sent| Some(sent.at) > began).collect();
        if began.is_some() {
            for pair in after.windows(2) {
                let apart = pair[1].at.duration_since(pair[0].at);
                prop_assert!(apart.as_secs() >= 60, "{apart} between {pair:?}");
            }
        }
    }

    #[test]
    fn every_node_reaches_every_place_and_none_waits_for_the_others(
        nodes in 1..5_usize,
        count in 1..13_usize,
        flaps in prop::collection::vec(hints(), 200),
    ) {
        let mut drive = Drive::new(nodes, count, HOURS);
        let wanted = nodes * (2 * count + 1);
        let mut flaps = flaps.into_iter().cycle();
        while drive.hunted().count() < wanted {
            let hint = flaps.next().unwrap();
            drive.step(Duration::from_secs(1), LaunchAnswer::OutOfCapacity, hint);
        }
        let mut launches: BTreeMap<&ResourceKey, usize> = BTreeMap::new();
        let mut reached: BTreeMap<&ResourceKey, BTreeSet<&Place>> = BTreeMap::new();
        for sent in &drive.sent {
            *launches.entry(&sent.key).or_default() += 1;
            reached.entry(&sent.key).or_default().insert(&sent.place);
        }
        prop_assert!(reached.values().all(|places| places.len() == count), "{reached:?}");
        let (least, most) = (launches.values().min(), launches.values().max());
        prop_assert!(most.unwrap() - least.unwrap() <= 1, "{launches:?}");
    }
}

#[test]
fn first_launches_go_out_at_once_each_to_its_own_place() {
    let mut drive = Drive::new(3, 3, HOURS);
    let accepted = LaunchAnswer::Accepted;
    drive.step(Duration::from_secs(2), accepted, Hint::Available);
    let begun: BTreeSet<Timestamp> = drive.sent.iter().map(|sent| sent.at).collect();
    let places: Vec<String> = drive.sent.iter().map(|s| s.place.to_string()).collect();
    assert_eq!(begun.len(), 1);
    assert_eq!(places, ["AD-1", "AD-2", "AD-3"]);
    assert!(drive.events.is_empty(), "nothing was turned away: no hunt");
}

#[test]
fn an_unclear_launch_is_repeated_in_its_place_a_minute_later() {
    let mut drive = Drive::new(1, 4, HOURS);
    drive.step(
        Duration::from_secs(3),
        LaunchAnswer::Unclear,
        Hint::Available,
    );
    drive.step(
        Duration::from_secs(3),
        LaunchAnswer::Unclear,
        Hint::Available,
    );
    drive.step(
        Duration::from_secs(3),
        LaunchAnswer::Accepted,
        Hint::Available,
    );
    drive.step(
        Duration::from_secs(3),
        LaunchAnswer::Accepted,
        Hint::Available,
    );
    let places: BTreeSet<&Place> = drive.sent.iter().map(|sent| &sent.place).collect();
    assert_eq!((places.len(), drive.sent.len() >= 2), (1, true));
    let apart = drive.sent[1].at.duration_since(drive.sent[0].answered);
    assert_eq!(apart.as_secs(), 60);
    assert!(drive.events.is_empty(), "a lost answer is no hunt");
}

#[test]
fn launches_that_stay_unclear_are_given_up_where_nothing_is_hunted() {
    let mut drive = Drive::new(1, 1, 0);
    for _ in 0..40 {
        drive.step(MINUTE, LaunchAnswer::Unclear, Hint::Available);
    }
    assert_eq!((drive.sent.len(), drive.had.len()), (8, 1));
}

#[test]
fn without_a_hunt_the_first_refusal_ends_it_for_that_node_only() {
    let mut drive = Drive::new(2, 2, 0);
    no_room(&mut drive, 3);
    assert_eq!((drive.sent.len(), drive.had.len()), (2, 2));
    assert!(drive.events.is_empty());
}

#[test]
fn too_many_requests_are_backed_off_from_further_each_time() {
    let mut drive = Drive::new(1, 2, HOURS);
    while drive.sent.len() < 8 {
        let answer = LaunchAnswer::TooManyRequests;
        drive.step(Duration::ZERO, answer, Hint::Available);
    }
    let apart: Vec<i64> = drive
        .sent
        .windows(2)
        .map(|pair| pair[1].at.duration_since(pair[0].at).as_mins())
        .collect();
    assert_eq!(apart, [1, 2, 4, 8, 15, 15, 15]);
}

#[test]
fn a_phantom_limit_is_waited_out_for_about_an_hour_and_no_longer() {
    let mut drive = Drive::new(1, 2, HOURS);
    while drive.had.is_empty() {
        let answer = LaunchAnswer::PhantomLimit;
        drive.step(Duration::ZERO, answer, Hint::Available);
    }
    let (first, last) = (&drive.sent[0], drive.sent.last().unwrap());
    let waited = last.at.duration_since(first.at).as_mins();
    assert!((60..=80).contains(&waited), "{waited} min");
    let ended = drive.events.last().unwrap();
    let end = HuntEnd::Refused;
    assert_eq!(*ended, HuntEvent::Ended { end });
}

#[test]
fn a_node_that_a_phantom_limit_holds_back_does_not_hold_back_the_others() {
    let mut drive = Drive::new(2, 2, HOURS);
    drive.step(Duration::ZERO, LaunchAnswer::PhantomLimit, Hint::Available);
    let had = LaunchAnswer::Accepted;
    for _ in 0..8 {
        drive.step(Duration::ZERO, had, Hint::Available);
    }
    assert_eq!(drive.had.len(), 2);
    let end = HuntEnd::Found;
    assert_eq!(drive.events.last(), Some(&HuntEvent::Ended { end }));
}

#[test]
fn a_deadline_ends_it_and_is_told_once() {
    let mut drive = Drive::new(3, 4, 1);
    while !drive.over {
        no_room(&mut drive, 1);
    }
    let end = HuntEnd::Deadline;
    let ends = drive
        .events
        .iter()
        .filter(|event| **event == HuntEvent::Ended { end });
    assert_eq!(ends.count(), 1);
    let since = drive.open.unwrap().since;
    assert_eq!(drive.now.duration_since(since).as_mins(), 60);
    assert!(
        (58..=63).contains(&drive.sent.len()),
        "{}",
        drive.sent.len()
    );
}

#[test]
fn a_restart_keeps_the_deadline_unless_another_time_is_asked_for() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let until = later(now, Duration::from_mins(30));
    let past = HuntPast {
        launches: 41,
        last: Some(now),
        open: Some(OpenHunt {
            since: now,
            until,
            asked: 12 * 3_600,
        }),
        ..HuntPast::default()
    };
    for (hours, expected) in [(12, until), (24, later(now, Duration::from_hours(24)))] {
        let mut hunt = Drive::machine(1, &places(2), &past, (now, hours));
        hunt.ask(&node(0), places(2).remove(0), None);
        let begun = hunt.begun();
        let HuntEvent::Began { until, .. } = &begun[0] else {
            panic!("{begun:?}");
        };
        assert_eq!(*until, Some(expected));
        assert_eq!(hunt.turn(&node(0), now), Turn::Report);
        assert_eq!(
            hunt.turn(&node(0), now),
            Turn::Wait(Some(later(now, MINUTE)))
        );
        let first = hunt.turn(&node(0), later(now, MINUTE));
        assert!(matches!(first, Turn::Launch(_, 42)), "{first:?}");
    }
    let stale = later(until, MINUTE);
    let mut hunt = Drive::machine(1, &places(2), &past, (stale, 12));
    hunt.ask(&node(0), places(2).remove(0), None);
    assert_eq!(hunt.begun(), [], "a deadline that passed is no deadline");
    assert!(matches!(hunt.turn(&node(0), stale), Turn::Launch(_, 42)));
}

#[test]
fn news_of_room_is_followed_at_once() {
    let mut drive = Drive::new(1, 6, HOURS);
    while drive.hunted().count() < 2 {
        no_room(&mut drive, 1);
    }
    let been = drive.sent.last().unwrap().place.clone();
    let room = [(been.clone(), Hint::Available)];
    drive.hunt.hinted(&room);
    let before = drive.sent.len();
    while drive.sent.len() == before {
        drive.step(
            Duration::from_secs(1),
            LaunchAnswer::OutOfCapacity,
            Hint::OutOfCapacity,
        );
    }
    assert_eq!(drive.sent.last().unwrap().place, been);
}

//! Every failure that operators of such clusters met and that a cluster shows: the full view of the row says
//! what happened and what to do.

mod delivery;
mod machines;
mod names;
mod network;
mod waves;

use jiff::{SignedDuration, Timestamp};
use k3scope::domain::cluster_event::ClusterEvent;
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::{Condition, Labels, ObjectRef, Truth};
use k3scope::effect::{Effect, Place};
use k3scope::store::fold;

use super::stage::{Stage, text};
use super::world;

/// A failure: what was learnt of it, where a person looks, and what stands there.
struct Told {
    events: Vec<Event>,
    at: (Place, ObjectRef),
    says: &'static [&'static str],
}

fn case(events: Vec<Event>, at: (Place, ObjectRef), says: &'static [&'static str]) -> Told {
    Told { events, at, says }
}

fn ago(minutes: i64) -> Option<Timestamp> {
    let span = SignedDuration::from_mins(minutes);
    world::now().checked_sub(span).ok()
}

fn applied<T>(object: T, what: fn(Change<T>) -> What) -> Event {
    world::told(what(Change::Applied(Box::new(object))))
}

fn complete<T>(what: fn(Change<T>) -> What) -> [Event; 2] {
    [Change::Relisting, Change::Relisted].map(|change| world::told(what(change)))
}

fn condition(kind: &str, status: Truth, reason: &str, message: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        since: ago(30),
    }
}

fn labels(all: &[(&str, &str)]) -> Labels {
    all.iter().copied().collect()
}

fn warning(kind: &str, about: ObjectRef, reason: &str, message: &str) -> Event {
    let space = match about.namespace.as_str() {
        "" => "default".to_owned(),
        space => space.to_owned(),
    };
    let event = ClusterEvent {
        id: ObjectRef::new(space.as_str(), format!("{}.1", about.name).as_str()),
        warning: true,
        reason: reason.into(),
        message: message.into(),
        kind: kind.into(),
        about,
        count: 3,
        last_seen: ago(2),
        ..ClusterEvent::default()
    };
    applied(event, What::ClusterEvent)
}

/// The full view without its frame, its paragraphs as they were before they were wrapped.
fn page((place, id): (Place, ObjectRef), stage: &mut Stage) -> String {
    stage.draw(140, 160);
    let show = Effect::Show { place, id };
    stage.cockpit.open(show, &stage.store, world::now());
    stage.draw(140, 160);
    stage.press("enter");
    let shown = text(&stage.draw(140, 160));
    let inner = shown.lines().map(|line| line.trim_matches(['│', ' ']));
    let words = inner.collect::<Vec<_>>().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All of them are told.
fn told(cases: Vec<(&str, Told)>) {
    let mut missing = Vec::new();
    for (name, told) in cases {
        let mut stage = Stage::new(world::cluster(false));
        for event in told.events {
            fold(&mut stage.store, event);
        }
        let page = page(told.at, &mut stage);
        let lacks = told.says.iter().filter(|said| !page.contains(**said));
        missing.extend(lacks.map(|said| format!("{name}: {said:?} is not in\n{page}\n")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

//! Everything that exists in the simulated cloud: resources as JSON, what happens to them next, and
//! the stream of changes that other parts of the lab follow.
//!
//! Nothing here knows HTTP. Time is given from outside; [`World::settle`] brings the world up to it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{broadcast, watch};

use super::kinds::{self, Kind};
use super::meddling::{self, Meddler};
use super::monitoring::Power;
use super::phantom::Phantoms;
use super::place::{self, Place};
use super::rush::Rush;
use super::token::Tokens;
use super::work::Work;
use crate::clock::Clock;
use crate::lab::scenario::{Capacity, Limit, Load};

/// Something in the cloud became what it was not before.
#[derive(Clone, Debug)]
pub struct Change {
    /// The collection, as in the path: `instances`, `vnics`, …
    pub kind: &'static str,
    /// The OCID.
    pub id: String,
    /// The resource as it is now; its last form when it is gone.
    pub resource: Value,
    /// Whether it is gone from the API.
    pub gone: bool,
}

/// A resource and what is next in its life.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) kind: &'static Kind,
    pub(super) body: Map<String, Value>,
    pub(super) etag: String,
    next: Option<(Timestamp, Next)>,
}

/// What happens when a resource's time has come.
#[derive(Clone, Copy, Debug)]
enum Next {
    State(&'static str),
    Forgotten,
}

/// The cloud.
#[derive(Debug)]
pub(super) struct World {
    pub(super) place: Place,
    pub(super) limits: Vec<Limit>,
    pub(super) capacity: Vec<Capacity>,
    pub(super) phantoms: Phantoms,
    pub(super) rush: Rush,
    /// Who is still going to change something.
    pub(super) meddlers: Vec<Meddler>,
    pub(super) page: usize,
    pub(super) tokens: Tokens,
    pub(super) work: HashMap<String, Work>,
    /// Serial consoles by instance, and the captures of them by console history.
    pub(super) consoles: HashMap<String, Vec<u8>>,
    pub(super) captures: HashMap<String, Vec<u8>>,
    /// Counts what is printed on any console.
    pub(super) printed: watch::Sender<u64>,
    /// Instances whose boot volume outlives them.
    pub(super) preserved: HashSet<String>,
    /// How busy instances are, and when they were on.
    pub(super) loads: Vec<Load>,
    pub(super) power: Power,
    pub(super) now: Timestamp,
    pub(super) began: Timestamp,
    pub(super) clock: Clock,
    resources: IndexMap<String, Resource>,
    changes: broadcast::Sender<Change>,
    due: watch::Sender<Option<Timestamp>>,
}

/// Changes that a follower may lag behind before it must look at everything again.
const CHANGES_KEPT: usize = 4096;

impl World {
    pub(super) fn new(place: Place, clock: Clock) -> Self {
        Self {
            place,
            limits: Vec::new(),
            capacity: Vec::new(),
            phantoms: Phantoms::default(),
            rush: Rush::default(),
            meddlers: Vec::new(),
            page: 100,
            tokens: Tokens::default(),
            work: HashMap::new(),
            consoles: HashMap::new(),
            captures: HashMap::new(),
            printed: watch::Sender::new(0),
            preserved: HashSet::new(),
            loads: Vec::new(),
            power: Power::default(),
            now: clock.now(),
            began: clock.now(),
            clock,
            resources: IndexMap::new(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            due: watch::Sender::new(None),
        }
    }

    pub(super) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// The moment at which something happens by itself next.
    pub(super) fn due(&self) -> watch::Receiver<Option<Timestamp>> {
        self.due.subscribe()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// A resource of this collection, unless it is only a memory.
    pub(super) fn living(&self, kind: &str, id: &str) -> Option<&Resource> {
        self.get(id)
            .filter(|resource| resource.kind.path == kind && !resource.is_over())
    }

    /// Every resource, oldest first.
    pub(super) fn everything(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// The resources of a collection, oldest first.
    pub(super) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources
            .values()
            .filter(move |resource| resource.kind.path == kind)
    }

    /// The first living resource of a collection whose `field` is `value`.
    pub(super) fn find(&self, kind: &str, field: &str, value: &str) -> Option<&Resource> {
        self.resources.values().find(|resource| {
            resource.kind.path == kind && !resource.is_over() && resource.text(field) == value
        })
    }

    /// Adds a resource in the first state of its kind; gives its id.
    pub(super) fn add(&mut self, kind: &'static Kind, mut body: Map<String, Value>) -> String {
        let id = self.place.new_ocid(kind.word);
        body.insert("id".to_owned(), id.clone().into());
        body.insert("timeCreated".to_owned(), stamp(self.now).into());
        let first = kind.making.map_or(kind.ready, |(state, _)| state);
        if !first.is_empty() {
            body.insert("lifecycleState".to_owned(), first.into());
        }
        let next = kind
            .making
            .map(|(_, seconds)| (self.later(seconds), Next::State(kind.ready)));
        let resource = Resource {
            kind,
            body,
            etag: place::etag(),
            next,
        };
        self.resources.insert(id.clone(), resource);
        self.tell(&id, false);
        self.plan();
        id
    }

    /// Changes a resource's fields; the etag changes with them.
    pub(super) fn edit(&mut self, id: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let etag = place::etag();
        if let Some(resource) = self.resources.get_mut(id) {
            change(&mut resource.body);
            resource.etag = etag;
        }
        self.tell(id, false);
    }

    /// Puts a resource into `state` now and into `then` after `seconds`.
    pub(super) fn pass_through(
        &mut self,
        id: &str,
        state: &'static str,
        seconds: f64,
        then: &'static str,
    ) {
        let at = self.later(seconds);
        if let Some(resource) = self.resources.get_mut(id) {
            resource
                .body
                .insert("lifecycleState".to_owned(), state.into());
            resource.next = Some((at, Next::State(then)));
            resource.etag = place::etag();
            self.power.note(id, state, self.now);
        }
        self.tell(id, false);
        self.plan();
    }

    /// Begins the end of a resource, as its kind goes.
    pub(super) fn end(&mut self, id: &str) {
        let Some(kind) = self.get(id).map(|resource| resource.kind) else {
            return;
        };
        match kind.removing {
            Some((state, seconds, over)) => self.pass_through(id, state, seconds, over),
            None => self.forget(id),
        }
    }

    /// Does everything whose time has come by `now`, in order of time.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        loop {
            let due = self
                .resources
                .iter()
                .filter_map(|(id, resource)| Some((resource.next?, id)))
                .filter(|((at, _), _)| *at <= self.now)
                .min_by_key(|((at, _), _)| *at)
                .map(|((at, next), id)| (at, next, id.clone()));
            let Some((at, next, id)) = due else { break };
            match next {
                Next::State(state) => self.arrive(&id, state, at),
                Next::Forgotten => self.forget(&id),
            }
        }
        if !self.meddlers.is_empty() {
            meddling::look(self);
        }
        self.plan();
    }

    /// Brings every life that is under way to its next rest at once.
    pub(super) fn mature(&mut self) {
        let next = |world: &Self| {
            world
                .resources
                .iter()
                .find_map(|(id, resource)| match resource.next? {
                    (_, Next::State(state)) => Some((id.clone(), state)),
                    (_, Next::Forgotten) => None,
                })
        };
        while let Some((id, state)) = next(self) {
            self.arrive(&id, state, self.now);
        }
        self.plan();
    }

    fn arrive(&mut self, id: &str, state: &'static str, at: Timestamp) {
        let Some(resource) = self.resources.get_mut(id) else {
            return;
        };
        resource
            .body
            .insert("lifecycleState".to_owned(), state.into());
        resource.etag = place::etag();
        self.power.note(id, state, at);
        let kind = resource.kind;
        let over = kind.removing.is_some_and(|(_, _, over)| over == state);
        resource.next = over.then(|| {
            let lingers = self.clock.at_pace(Duration::from_secs(kind.lingers));
            (at.checked_add(lingers).unwrap_or(at), Next::Forgotten)
        });
        self.tell(id, false);
        if let Some(arrived) = kind.arrived {
            arrived(self, id, state);
        }
    }

    /// Ends a resource at once, without the time that it would take.
    pub(super) fn finish(&mut self, id: &str) {
        let over = self
            .get(id)
            .and_then(|resource| resource.kind.removing)
            .map(|(_, _, over)| over);
        match over {
            Some(over) => self.arrive(id, over, self.now),
            None => self.forget(id),
        }
        self.plan();
    }

    /// Removes a resource without a trace.
    pub(super) fn forget(&mut self, id: &str) {
        if self.resources.contains_key(id) {
            self.tell(id, true);
            self.resources.shift_remove(id);
            self.captures.remove(id);
            self.consoles.remove(id);
        }
        self.plan();
    }

    /// Whether the lab started at least so long ago, at its pace.
    pub(super) fn is_older_than(&self, span: Duration) -> bool {
        let age = self.now.duration_since(self.began);
        Duration::try_from(age).is_ok_and(|age| age >= self.clock.at_pace(span))
    }

    fn later(&self, seconds: f64) -> Timestamp {
        let wait = self.clock.at_pace(Duration::from_secs_f64(seconds));
        self.now.checked_add(wait).unwrap_or(self.now)
    }

    fn plan(&self) {
        let next = self
            .resources
            .values()
            .filter_map(|resource| resource.next.map(|(at, _)| at))
            .chain(self.meddlers.iter().filter_map(|meddler| meddler.at))
            .min();
        self.due.send_if_modified(|due| {
            let changed = *due != next;
            *due = next;
            changed
        });
    }

    fn tell(&self, id: &str, gone: bool) {
        if let Some(resource) = self.get(id) {
            // Nobody following is well.
            let _ = self.changes.send(Change {
                kind: resource.kind.path,
                id: id.to_owned(),
                resource: Value::Object(resource.body.clone()),
                gone,
            });
        }
    }

    /// The kind of this collection.
    pub(super) fn kind(path: &str) -> Option<&'static Kind> {
        kinds::ALL.iter().copied().find(|kind| kind.path == path)
    }
}

impl Resource {
    pub(super) fn text(&self, field: &str) -> &str {
        self.body.get(field).and_then(Value::as_str).unwrap_or("")
    }

    pub(super) fn id(&self) -> &str {
        self.text("id")
    }

    pub(super) fn state(&self) -> &str {
        self.text("lifecycleState")
    }

    /// Whether its life has ended and only the record is left.
    pub(super) fn is_over(&self) -> bool {
        self.kind
            .removing
            .is_some_and(|(_, _, over)| over == self.state())
    }

    /// Whether it is on the way out.
    pub(super) fn is_ending(&self) -> bool {
        self.kind
            .removing
            .is_some_and(|(state, _, _)| state == self.state())
    }

    pub(super) fn is_being_made(&self) -> bool {
        self.kind
            .making
            .is_some_and(|(state, _)| state == self.state())
    }

    /// Whether it stays as it is until somebody changes it.
    pub(super) fn rests(&self) -> bool {
        self.is_over() || self.next.is_none()
    }

    pub(super) fn json(&self) -> Value {
        Value::Object(self.body.clone())
    }
}

/// OCI's form of a moment.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

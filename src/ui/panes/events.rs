//! What Kubernetes tells about its objects, each thing once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::offers;
use super::signs::{self, Sign, age, age_key, dated, signed};
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::reading::Thing;
use crate::domain::source::SourceId;
use crate::effect::Offer;
use crate::store::Store;
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Kubernetes events.
pub struct Events;

/// How often a thing was told, and when, over all Event objects that tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    count: u32,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// A thing that was told: one of its Event objects, and all of them together.
pub type Row<'a> = (&'a ClusterEvent, Told);

/// What makes two Event objects tell the same.
type Same<'a> = (&'a Line, &'a ObjectRef, &'a Line, &'a Line);

impl Told {
    fn add(&mut self, event: &ClusterEvent) {
        self.count = self.count.saturating_add(event.count.max(1));
        self.first = self.first.into_iter().chain(event.first_seen).min();
        self.last = self.last.into_iter().chain(event.last_seen).max();
    }
}

fn sign(event: &ClusterEvent) -> Sign {
    if event.warning {
        signs::WARN
    } else {
        ("·", Role::Muted)
    }
}

fn about(event: &ClusterEvent) -> String {
    format!("{} {}", event.kind, event.about)
}

impl Kind for Events {
    type Id = ObjectRef;
    type Joined = BTreeMap<ObjectRef, Told>;
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Events";
    const NOUN: &'static str = "events";
    const SOURCES: &'static [SourceId] = &[SourceId::Events];

    fn revision(store: &Store) -> u64 {
        store.events.revision()
    }

    /// By the Event object that is first in the order of names: it is there longest.
    fn join(store: &Store) -> Self::Joined {
        let mut told: BTreeMap<Same<'_>, (&ObjectRef, Told)> = BTreeMap::new();
        for event in store.events.iter() {
            let same = (&event.kind, &event.about, &event.reason, &event.message);
            let (_, all) = told.entry(same).or_insert((&event.id, Told::default()));
            all.add(event);
        }
        let named = told.into_values();
        named.map(|(id, told)| (id.clone(), told)).collect()
    }

    fn all<'a>(store: &'a Store, told: &'a Self::Joined) -> impl Iterator<Item = Row<'a>> {
        told.iter()
            .filter_map(|(id, told)| Some((store.events.get(id)?, *told)))
    }

    fn get<'a>(store: &'a Store, told: &'a Self::Joined, id: &ObjectRef) -> Option<Row<'a>> {
        Some((store.events.get(id)?, *told.get(id)?))
    }

    fn id((event, _): &Row<'_>) -> ObjectRef {
        event.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "LAST",
                (5, 5),
                |(_, told), ctx| age(told.last, ctx),
                |(_, told), _| age_key(told.last),
            )
            .right(),
            Column::<Self>::new(
                "REASON",
                (12, 26),
                |(event, _), _| signed(sign(event), &event.reason),
                |(event, _), _| (0, event.reason.as_str().into()),
            ),
            Column::<Self>::new(
                "OBJECT",
                (12, 44),
                |(event, _), _| Cell::text(about(event)),
                |(event, _), _| (0, about(event).into()),
            ),
            Column::<Self>::new(
                "COUNT",
                (5, 5),
                |(_, told), _| Cell::muted(told.count.to_string()),
                |(_, told), _| (i64::from(told.count), "".into()),
            )
            .right()
            .rank(2),
            Column::<Self>::new(
                "MESSAGE",
                (16, 160),
                |(event, _), _| Cell::muted(event.message.as_str()),
                |(event, _), _| (0, event.message.as_str().into()),
            )
            .rank(1),
        ]
    }

    fn name((event, _): &Row<'_>) -> String {
        event.about.name.to_string()
    }

    fn page((event, told): &Row<'_>, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        page.item(
            vec![signs::before(sign(event))],
            event.reason.as_str(),
            Role::Title,
        );
        page.blank();
        page.styled(event.message.as_str(), Role::Text);
        page.blank();
        page.field("Object", about(event));
        page.field("Told by", event.by.as_str());
        page.field("Times", told.count.to_string());
        dated(&mut page, "First", told.first, ctx);
        dated(&mut page, "Last", told.last, ctx);
        page
    }

    fn offers((event, _): &Row<'_>, _ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::events::offers(event)
    }

    fn thing((event, _): &Row<'_>) -> Option<Thing> {
        Some(Thing::new(event.kind.clone(), event.about.clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.events.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Change, Event, What};
    use crate::store::fold;

    #[test]
    fn what_several_objects_tell_alike_is_one_row() {
        let mut store = Store::default();
        for (name, message, count, second) in [
            ("docs.1", "pulling", 3, 10),
            ("docs.2", "pulling", 4, 20),
            ("docs.3", "pulled", 1, 30),
        ] {
            let event = ClusterEvent {
                id: ObjectRef::new("docs", name),
                reason: "Pull".into(),
                message: message.into(),
                about: ObjectRef::new("docs", "docs-1"),
                count,
                last_seen: Timestamp::from_second(second).ok(),
                ..ClusterEvent::default()
            };
            let what = What::ClusterEvent(Change::Applied(Box::new(event)));
            let at = Timestamp::UNIX_EPOCH;
            fold(&mut store, Event { at, what });
        }
        let joined = Events::join(&store);
        let rows: Vec<(String, u32, Option<i64>)> = Events::all(&store, &joined)
            .map(|(event, told)| {
                let last = told.last.map(Timestamp::as_second);
                (event.message.to_string(), told.count, last)
            })
            .collect();
        let expected = [
            ("pulling".to_owned(), 7, Some(20)),
            ("pulled".to_owned(), 1, Some(30)),
        ];
        assert_eq!(rows, expected);
    }
}

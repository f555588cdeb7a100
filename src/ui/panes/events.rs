//! What Kubernetes tells about its objects.

use super::signs::{self, Sign, age, age_key, dated, signed};
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::store::Store;
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Kubernetes events.
pub struct Events;

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
    type Joined = ();
    type Row<'a> = &'a ClusterEvent;

    const TITLE: &'static str = "Events";
    const NOUN: &'static str = "events";
    const SOURCES: &'static [SourceId] = &[SourceId::Events];

    fn revision(store: &Store) -> u64 {
        store.events.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = &'a ClusterEvent> {
        store.events.iter()
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<&'a ClusterEvent> {
        store.events.get(id)
    }

    fn id(row: &&ClusterEvent) -> ObjectRef {
        row.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "LAST",
                (5, 5),
                |row, ctx| age(row.last_seen, ctx),
                |row, _| age_key(row.last_seen),
            )
            .right(),
            Column::<Self>::new(
                "REASON",
                (12, 26),
                |row, _| signed(sign(row), &row.reason),
                |row, _| (0, row.reason.as_str().into()),
            ),
            Column::<Self>::new(
                "OBJECT",
                (12, 44),
                |row, _| Cell::text(about(row)),
                |row, _| (0, about(row).into()),
            ),
            Column::<Self>::new(
                "COUNT",
                (5, 5),
                |row, _| Cell::muted(row.count.to_string()),
                |row, _| (i64::from(row.count), "".into()),
            )
            .right()
            .rank(2),
            Column::<Self>::new(
                "MESSAGE",
                (16, 160),
                |row, _| Cell::muted(row.message.as_str()),
                |row, _| (0, row.message.as_str().into()),
            )
            .rank(1),
        ]
    }

    fn name(row: &&ClusterEvent) -> String {
        row.about.name.to_string()
    }

    fn page(row: &&ClusterEvent, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        page.item(
            vec![signs::before(sign(row))],
            row.reason.as_str(),
            Role::Title,
        );
        page.blank();
        page.styled(row.message.as_str(), Role::Text);
        page.blank();
        page.field("Object", about(row));
        page.field("Told by", row.by.as_str());
        page.field("Times", row.count.to_string());
        dated(&mut page, "First", row.first_seen, ctx);
        dated(&mut page, "Last", row.last_seen, ctx);
        page
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.events.len())
    }
}

//! Applications (Argo CD): a flat list by wave, or a tree of who made whom.

mod differences;
mod operation;
mod page;
mod resources;
mod spot;

pub(super) use spot::Spot;

use super::offers;
use super::signs::{self, age, age_key, signed};
use crate::domain::application::{AppResource, Application};
use crate::domain::comparison::ResourceRef;
use crate::domain::line::Line;
use crate::domain::object::{Labels, ObjectRef};
use crate::domain::source::SourceId;
use crate::effect::{Effect, Offer, Place};
use crate::store::{Store, delivery, failures};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind, Opened, SortKey};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Argo CD applications.
pub struct Apps;

impl Kind for Apps {
    type Id = ObjectRef;
    type Joined = ();
    type Row<'a> = &'a Application;

    const TITLE: &'static str = "Applications";
    const NOUN: &'static str = "applications";
    const HAS_LABELS: bool = true;
    const SOURCES: &'static [SourceId] = &[SourceId::Applications];
    const SORTED: (usize, bool) = (1, false);
    const HAS_TREE: bool = true;
    const HAS_SPOTS: bool = true;

    fn revision(store: &Store) -> u64 {
        store.applications.revision() + store.actions.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = &'a Application> {
        store.applications.iter()
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<&'a Application> {
        store.applications.get(id)
    }

    fn id(row: &&Application) -> ObjectRef {
        row.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (20, 40),
                |row, _| Cell::text(row.id.name.as_str()),
                |row, _| (0, row.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "WAVE",
                (5, 5),
                |row, _| Cell::muted(row.wave.to_string()),
                |row, _| (row.wave.into(), row.id.name.as_str().into()),
            )
            .right()
            .rank(1),
            Column::<Self>::new(
                "SYNC",
                (11, 11),
                |row, ctx| sync(row, ctx),
                |row, _| (0, row.sync.to_string().into()),
            ),
            Column::<Self>::new(
                "HEALTH",
                (13, 13),
                |row, _| signed(signs::health(row.health), row.health),
                |row, _| (0, row.health.to_string().into()),
            ),
            Column::<Self>::new(
                "REVISION",
                (8, 12),
                |row, _| Cell::muted(revisions(row)),
                |row, _| (0, revisions(row).into()),
            )
            .rank(3),
            Column::<Self>::new(
                "SINCE",
                (5, 5),
                |row, ctx| age(row.since(), ctx),
                |row, _| age_key(row.since()),
            )
            .right(),
            Column::<Self>::new(
                "MESSAGE",
                (12, 90),
                |row, ctx| message(row, ctx),
                |row, ctx| (0, message(row, ctx).text),
            )
            .rank(2),
        ]
    }

    fn labels<'r>(row: &'r &Application) -> Option<&'r Labels> {
        Some(&row.labels)
    }

    fn name(row: &&Application) -> String {
        row.id.name.to_string()
    }

    fn page(row: &&Application, ctx: &Ctx<'_>) -> Page {
        page::page(row, &Opened::default(), ctx)
    }

    fn page_with(row: &&Application, opened: &Opened, ctx: &Ctx<'_>) -> Page {
        page::page(row, opened, ctx)
    }

    fn opens(row: &&Application, spot: &str, ctx: &Ctx<'_>) -> Vec<Effect> {
        match Spot::find(spot, row, ctx.store) {
            Some(Spot::Resource { resource, .. }) if !resource.is_application() => {
                vec![Effect::Compare(resource.into())]
            }
            _ => Vec::new(),
        }
    }

    fn checks(row: &&Application, opened: &Opened, ctx: &Ctx<'_>) -> Vec<ResourceRef> {
        resources::checks(row, opened, ctx)
    }

    fn offers_at(row: &&Application, spot: &str, ctx: &Ctx<'_>) -> Option<Vec<Offer>> {
        let spot = Spot::find(spot, row, ctx.store)?;
        Some(offers::apps_page::offers(row, &spot, ctx))
    }

    fn name_at(row: &&Application, spot: &str, ctx: &Ctx<'_>) -> Option<String> {
        Some(Spot::find(spot, row, ctx.store)?.name())
    }

    fn lineage<'a>(row: &&'a Application, ctx: &Ctx<'a>) -> Option<Vec<SortKey<'a>>> {
        let above = delivery::parents(ctx.store, row);
        let all = above.into_iter().chain(std::iter::once(*row));
        Some(
            all.map(|app| (app.wave.into(), app.id.name.as_str().into()))
                .collect(),
        )
    }

    fn depth(row: &&Application, ctx: &Ctx<'_>) -> usize {
        delivery::parents(ctx.store, row).len()
    }

    fn offers(row: &&Application, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::apps::offers(row, ctx)
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.applications.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.applications, "application", Place::Apps)
    }
}

/// The sync status; what a person has asked for stands in its place until it has ended.
fn sync(row: &Application, ctx: &Ctx<'_>) -> Cell<'static> {
    if ctx
        .store
        .actions
        .under_way("Application", &row.id)
        .is_some()
    {
        return signed(signs::BUSY, "asked");
    }
    signed(signs::sync(row.sync), row.sync)
}

/// What goes on: what a person asked for, what it waits for, or what Argo CD says.
fn message<'a>(row: &'a Application, ctx: &Ctx<'a>) -> Cell<'a> {
    if let Some(action) = ctx.store.actions.under_way("Application", &row.id) {
        return Cell::new(action.doing(), Role::Busy);
    }
    match waiting(row, ctx) {
        Some(waiting) => Cell::new(waiting, Role::Warn),
        None => match failures::headline(ctx.store, row) {
            Some(plain) => Cell::new(plain, Role::Warn),
            None => Cell::muted(row.message()),
        },
    }
}

/// `3 ‖ waits for 2: envoy-gateway`, of the waves that an application makes and that have not begun.
fn waiting(row: &Application, ctx: &Ctx<'_>) -> Option<String> {
    row.children().next()?;
    let waits = delivery::waits(ctx.store);
    let own = waits.into_iter().find(|(wave, _, _)| {
        let is_of = |child: &AppResource| child.wave == *wave;
        row.children().any(is_of)
    });
    let (wave, earlier, names) = own?;
    let names: Vec<&str> = names.iter().map(Line::as_str).collect();
    let names = names.join(", ");
    Some(format!(
        "{wave} {} waits for {earlier}: {names}",
        signs::HELD.0
    ))
}

/// The revision as people say it: a commit by its first seven characters, a version in full.
fn short(revision: &str) -> &str {
    let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    let shown = if is_commit { revision.get(..7) } else { None };
    shown.unwrap_or(revision)
}

/// The revision of the first source, and how many more there are.
fn revisions(row: &Application) -> String {
    let first = row.revision().map_or("", |revision| short(revision));
    match row.revisions.len() {
        0 | 1 => first.to_owned(),
        several => format!("{first} +{}", several - 1),
    }
}

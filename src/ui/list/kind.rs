//! What the list has to know of a kind of object.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::columns::Column;
use crate::domain::comparison::ResourceRef;
use crate::domain::object::{Labels, ObjectRef};
use crate::domain::reading::{LogWish, Thing};
use crate::domain::source::SourceId;
use crate::effect::{Effect, Offer};
use crate::store::Store;
use crate::theme::Role;
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// How it looks.
    pub role: Role,
}

impl<'a> Cell<'a> {
    /// A text to read.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Role::Text)
    }

    /// A text for who looks for it.
    pub fn muted(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, Role::Muted)
    }

    /// A text that looks like `role`.
    pub fn new(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self {
            text: text.into(),
            role,
        }
    }
}

/// What rows are sorted by: a number, then a text.
pub type SortKey<'a> = (i64, Cow<'a, str>);

/// What a person has selected and opened in the full view of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The spot under the cursor.
    pub spot: Option<String>,
    /// The spots that show more than one line.
    pub spots: BTreeSet<String>,
}

/// A kind of object that is shown as a list.
pub trait Kind: Sized + 'static {
    /// Names a row for as long as it exists.
    type Id: Clone + PartialEq;
    /// What is worked out over several tables, once for each change of them.
    type Joined: Default;
    /// One row.
    type Row<'a>;

    /// The heading.
    const TITLE: &'static str;
    /// What rows are, in the plural and in lower case.
    const NOUN: &'static str;
    /// The feeds that rows come from, the one that matters most first.
    const SOURCES: &'static [SourceId];
    /// The column that rows are sorted by at first, and whether downwards.
    const SORTED: (usize, bool) = (0, false);
    /// Whether rows can be shown as a tree.
    const HAS_TREE: bool = false;
    /// Whether the full view has spots that a cursor finds.
    const HAS_SPOTS: bool = false;

    /// Whether rows have labels.
    const HAS_LABELS: bool = false;

    /// Rises when anything that rows show has changed.
    fn revision(store: &Store) -> u64;

    /// Works out what needs several tables.
    fn join(_store: &Store) -> Self::Joined {
        Self::Joined::default()
    }

    /// All rows.
    fn all<'a>(store: &'a Store, joined: &'a Self::Joined) -> impl Iterator<Item = Self::Row<'a>>;

    /// One row.
    fn get<'a>(store: &'a Store, joined: &'a Self::Joined, id: &Self::Id) -> Option<Self::Row<'a>>;

    /// The name of a row for the list.
    fn id(row: &Self::Row<'_>) -> Self::Id;

    /// The row of an object that another pane or the palette names.
    fn named(id: &ObjectRef) -> Option<Self::Id>;

    /// The same, where it takes looking at what there is.
    fn find(_store: &Store, id: &ObjectRef) -> Option<Self::Id> {
        Self::named(id)
    }

    /// The columns, from left to right.
    fn columns() -> Vec<Column<Self>>;

    /// The name of a row for a person, for copying.
    fn name(row: &Self::Row<'_>) -> String;

    /// The full view of a row.
    fn page(row: &Self::Row<'_>, ctx: &Ctx<'_>) -> Page;

    /// The full view of a row in which spots can be opened.
    fn page_with(row: &Self::Row<'_>, _opened: &Opened, ctx: &Ctx<'_>) -> Page {
        Self::page(row, ctx)
    }

    /// What is to be found out when a spot of the full view is opened.
    fn opens(_row: &Self::Row<'_>, _spot: &str, _ctx: &Ctx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// The resources that are to be looked at while the full view of a row is open.
    fn checks(_row: &Self::Row<'_>, _opened: &Opened, _ctx: &Ctx<'_>) -> Vec<ResourceRef> {
        Vec::new()
    }

    /// What can be done with a spot of the full view; nothing where that is as with the row.
    fn offers_at(_row: &Self::Row<'_>, _spot: &str, _ctx: &Ctx<'_>) -> Option<Vec<Offer>> {
        None
    }

    /// The name of a spot, for copying; that of the row where it has none.
    fn name_at(_row: &Self::Row<'_>, _spot: &str, _ctx: &Ctx<'_>) -> Option<String> {
        None
    }

    /// By what a row stands in a tree: the keys of what is above it from the top, and its own.
    /// Nothing for what has no tree.
    fn lineage<'a>(_row: &Self::Row<'a>, _ctx: &Ctx<'a>) -> Option<Vec<SortKey<'a>>> {
        None
    }

    /// How deep a row stands in the tree.
    fn depth(_row: &Self::Row<'_>, _ctx: &Ctx<'_>) -> usize {
        0
    }

    /// What can be done with a row.
    fn offers(_row: &Self::Row<'_>, _ctx: &Ctx<'_>) -> Vec<Offer> {
        Vec::new()
    }

    /// The object that a row is about, to be looked at as a whole.
    fn thing(_row: &Self::Row<'_>) -> Option<Thing> {
        None
    }

    /// The labels of the object that a row is about, for a filter.
    fn labels<'r>(_row: &'r Self::Row<'_>) -> Option<&'r Labels> {
        None
    }

    /// The log that belongs to a row.
    fn log(_row: &Self::Row<'_>) -> Option<LogWish> {
        None
    }

    /// How many rows there are, without working anything out.
    fn count(store: &Store) -> Option<usize>;

    /// Whether there is a tab for it, in a session that looks at a cluster.
    fn exists(_store: &Store) -> bool {
        true
    }

    /// What the palette finds.
    fn objects(_store: &Store) -> Vec<Found> {
        Vec::new()
    }
}

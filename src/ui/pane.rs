//! What a pane is, and which there are: one file and one row each.

use std::any::Any;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::ListPane;
use super::moment::Moment;
use super::panes;
use super::widgets::field::Field;
use crate::command::Command;
use crate::domain::comparison::ResourceRef;
use crate::domain::journey::Stage;
use crate::domain::object::{Object, ObjectRef};
use crate::effect::{Effect, Offer, Place};
use crate::keymap::{Context, Keymap};
use crate::store::{Store, Table};
use crate::theme::Theme;
use crate::wizard::Base;

/// What panes are drawn from. Nothing in it can be changed.
#[derive(Clone, Copy, Debug)]
pub struct Ctx<'a> {
    /// What is known.
    pub store: &'a Store,
    /// How it looks.
    pub theme: &'a Theme,
    /// When it is.
    pub moment: &'a Moment,
    /// Which keys there are.
    pub keymap: &'a Keymap,
    /// Whether nothing may be changed.
    pub read_only: bool,
}

/// Something that can be found by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What kind of thing it is, in one word.
    pub kind: &'static str,
    /// Its name.
    pub id: ObjectRef,
    /// Where it is shown.
    pub place: Place,
}

impl Found {
    /// Everything of a table.
    pub fn all<T: Object>(table: &Table<T>, kind: &'static str, place: Place) -> Vec<Self> {
        let found = |object: &T| Self {
            kind,
            id: object.id().clone(),
            place,
        };
        table.iter().map(found).collect()
    }
}

/// Whether there is a cluster to look at, or one may yet answer: what the cockpit's own tabs need.
pub fn watches(store: &Store) -> bool {
    let on_the_way = store.stage.is_some_and(|stage| stage < Stage::OnDuty);
    store.cluster.is_some() || !on_the_way
}

/// Where a person is in a pane; only that pane can read it.
pub type Mark = Option<Box<dyn Any>>;

/// What fills the screen between tabs and footer.
pub trait Pane {
    /// Whether it has a tab now.
    fn exists(&self, store: &Store) -> bool {
        watches(store)
    }

    /// Is handed what the wizard begins with, in a session that has one.
    fn set_up(&mut self, _base: &Base) {}

    /// What it wants by itself, because of what is known by now.
    fn due(&mut self, _ctx: &Ctx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// Does what a command asks: changes only this pane's selection, filter and scroll.
    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect>;

    /// Brings what is derived from the store up to date, where the store has changed.
    fn prepare(&mut self, ctx: &Ctx<'_>);

    /// Draws it.
    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>);

    /// Where keys are looked up, the nearest place first.
    fn contexts(&self) -> &'static [Context];

    /// The commands that the footer offers here.
    fn hints(&self) -> &'static [Command];

    /// The line that takes what is typed, while there is one.
    fn field(&mut self) -> Option<&mut Field> {
        None
    }

    /// Something was typed into [`Pane::field`].
    fn typed(&mut self) {}

    /// Whether something is open that `back` would leave.
    fn is_open(&self) -> bool;

    /// A left click at a cell of the screen.
    fn click(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect>;

    /// The wheel was turned: rows, down where positive.
    fn wheel(&mut self, at: Position, rows: isize, ctx: &Ctx<'_>);

    /// Selects and opens one object.
    fn show(&mut self, _id: &ObjectRef, _ctx: &Ctx<'_>) {}

    /// Where a person is in it, to come back to after a jump.
    fn mark(&self) -> Mark {
        None
    }

    /// Goes back to where [`Pane::mark`] was made.
    fn recall(&mut self, _mark: Mark, _ctx: &Ctx<'_>) {}

    /// How many rows there are, for the tab.
    fn count(&self, _store: &Store) -> Option<usize> {
        None
    }

    /// What can be done with what is selected.
    fn offers(&self, _ctx: &Ctx<'_>) -> Vec<Offer> {
        Vec::new()
    }

    /// The resources that are to be looked at as long as this is shown as it is now.
    fn checks(&self, _ctx: &Ctx<'_>) -> Vec<ResourceRef> {
        Vec::new()
    }

    /// Everything here that has a name.
    fn objects(&self, _store: &Store) -> Vec<Found> {
        Vec::new()
    }
}

/// A place, its pane, and the command that shows it.
pub type Row = (Place, Command, fn() -> Box<dyn Pane>);

/// All panes, in the order of the tabs.
pub const PANES: &[Row] = &[
    (Place::Setup, Command::ShowSetup, || {
        Box::new(panes::setup::Setup::default())
    }),
    (Place::Provision, Command::ShowProvision, || {
        Box::new(panes::provision::Provision::default())
    }),
    (Place::Bootstrap, Command::ShowBootstrap, || {
        Box::new(panes::bootstrap::Bootstrap::default())
    }),
    (Place::Bridge, Command::ShowBridge, || {
        Box::new(panes::bridge::Bridge::default())
    }),
    (Place::Apps, Command::ShowApps, || {
        Box::new(ListPane::<panes::apps::Apps>::default())
    }),
    (Place::Certs, Command::ShowCerts, || {
        Box::new(ListPane::<panes::certs::Certs>::default())
    }),
    (Place::Dns, Command::ShowDns, || {
        Box::new(ListPane::<panes::dns::Dns>::default())
    }),
    (Place::Routes, Command::ShowRoutes, || {
        Box::new(ListPane::<panes::routes::Routes>::default())
    }),
    (Place::Nodes, Command::ShowNodes, || {
        Box::new(ListPane::<panes::nodes::Nodes>::default())
    }),
    (Place::Pods, Command::ShowPods, || {
        Box::new(ListPane::<panes::pods::Pods>::default())
    }),
    (Place::Events, Command::ShowEvents, || {
        Box::new(ListPane::<panes::events::Events>::default())
    }),
    (Place::Log, Command::ShowLog, || {
        Box::new(ListPane::<panes::log::Log>::default())
    }),
    (Place::Secrets, Command::ShowSecrets, || {
        Box::new(ListPane::<panes::secrets::Secrets>::default())
    }),
];

//! The tabs that a session has now, and which one is shown.
//!
//! Tabs come and go with what is known: the way to a cluster has its own while it is gone. When the
//! session comes to another stage, that stage's tab is shown by itself.

use crate::command::Command;
use crate::domain::journey::Stage;
use crate::effect::{Effect, Place};
use crate::keymap::{Context, Keymap, Sequence};
use crate::store::Store;
use crate::ui::frame::tabs::Tab;
use crate::ui::pane::{Ctx, Found, PANES, Pane};
use crate::wizard::Base;

/// One tab with its pane, whether it exists now or not.
struct Slot {
    place: Place,
    shows: Command,
    pane: Box<dyn Pane>,
}

/// All tabs.
pub(super) struct Places {
    slots: Vec<Slot>,
    active: usize,
    /// The stage whose tab was shown last.
    followed: Option<Stage>,
}

/// Where a stage happens.
fn home(stage: Stage) -> Place {
    match stage {
        Stage::Setup => Place::Setup,
        Stage::Provision => Place::Provision,
        Stage::Bootstrap => Place::Bootstrap,
        Stage::OnDuty => Place::Bridge,
    }
}

impl Places {
    pub(super) fn new() -> Self {
        let slot = |(place, shows, pane): &crate::ui::pane::Row| Slot {
            place: *place,
            shows: *shows,
            pane: pane(),
        };
        Self {
            slots: PANES.iter().map(slot).collect(),
            active: 0,
            followed: None,
        }
    }

    /// Brings the shown tab in line with what is known. `held` says that a person is in the middle
    /// of something: then the stage's tab waits, unless the one that is shown is no more.
    pub(super) fn settle(&mut self, store: &Store, held: bool) {
        let held = held || self.active().is_some_and(|pane| pane.field().is_some());
        let gone = !self.exists(self.active, store);
        if store.stage != self.followed && (gone || !held) {
            self.followed = store.stage;
            if store
                .stage
                .is_some_and(|stage| self.show(home(stage), store))
            {
                return;
            }
        }
        if gone {
            let first = self.existing(store).next();
            self.active = first.unwrap_or(self.active);
        }
    }

    /// Hands all panes what the wizard begins with.
    pub(super) fn set_up(&mut self, base: &Base) {
        for slot in &mut self.slots {
            slot.pane.set_up(base);
        }
    }

    /// What the panes that exist want by themselves.
    pub(super) fn due(&mut self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let slots = self.slots.iter_mut();
        slots
            .filter(|slot| slot.pane.exists(ctx.store))
            .flat_map(|slot| slot.pane.due(ctx))
            .collect()
    }

    /// The pane that is shown.
    pub(super) fn active(&mut self) -> Option<&mut dyn Pane> {
        let slot = self.slots.get_mut(self.active)?;
        Some(&mut *slot.pane)
    }

    /// The same, only to look at.
    pub(super) fn shown(&self) -> Option<&dyn Pane> {
        self.slots.get(self.active).map(|slot| &*slot.pane)
    }

    /// Which tab is shown.
    pub(super) fn here(&self) -> Option<Place> {
        self.slots.get(self.active).map(|slot| slot.place)
    }

    /// Shows a tab; says whether it exists.
    pub(super) fn show(&mut self, place: Place, store: &Store) -> bool {
        let found = self
            .existing(store)
            .find(|at| self.slots.get(*at).is_some_and(|slot| slot.place == place));
        self.active = found.unwrap_or(self.active);
        found.is_some()
    }

    /// The tab that a command shows, whether it exists now or not.
    pub(super) fn shown_by(&self, command: Command) -> Option<Place> {
        let slot = self.slots.iter().find(|slot| slot.shows == command)?;
        Some(slot.place)
    }

    /// Whether a tab exists now.
    pub(super) fn has(&self, place: Place, store: &Store) -> bool {
        self.slots
            .iter()
            .any(|slot| slot.place == place && slot.pane.exists(store))
    }

    /// Shows the tab that is so many further.
    pub(super) fn step(&mut self, tabs: isize, store: &Store) {
        let existing: Vec<usize> = self.existing(store).collect();
        let count = isize::try_from(existing.len().max(1)).unwrap_or(1);
        let here = existing.iter().position(|at| *at == self.active);
        let here = isize::try_from(here.unwrap_or(0)).unwrap_or(0);
        let next = usize::try_from((here + tabs).rem_euclid(count)).unwrap_or(0);
        self.active = existing.get(next).copied().unwrap_or(self.active);
    }

    /// The tabs as they stand on the screen, and which of them is shown.
    pub(super) fn tabs(&self, store: &Store, keymap: &Keymap) -> (Vec<Tab>, usize) {
        let existing: Vec<usize> = self.existing(store).collect();
        let tab = |at: &usize| {
            let slot = self.slots.get(*at)?;
            let key = keymap.first(&[Context::Global], slot.shows);
            Some(Tab {
                place: slot.place,
                key: key.map(Sequence::shown).unwrap_or_default(),
                count: slot.pane.count(store),
            })
        };
        let active = existing.iter().position(|at| *at == self.active);
        (
            existing.iter().filter_map(tab).collect(),
            active.unwrap_or(0),
        )
    }

    /// Everything that has a name in a tab that exists.
    pub(super) fn objects(&self, store: &Store) -> Vec<Found> {
        let panes = self.slots.iter().map(|slot| &slot.pane);
        panes
            .filter(|pane| pane.exists(store))
            .flat_map(|pane| pane.objects(store))
            .collect()
    }

    fn exists(&self, at: usize, store: &Store) -> bool {
        self.slots
            .get(at)
            .is_some_and(|slot| slot.pane.exists(store))
    }

    fn existing<'a>(&'a self, store: &'a Store) -> impl Iterator<Item = usize> + 'a {
        (0..self.slots.len()).filter(|at| self.exists(*at, store))
    }
}

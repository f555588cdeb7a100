//! The cursor in a full view: it goes from spot to spot, and scrolls where none is near.

use ratatui::layout::Position;

use super::kind::Kind;
use super::state::{Focus, ListPane};
use crate::command::Command;
use crate::effect::Effect;
use crate::ui::pane::Ctx;

/// A spot, its first line, and how many it has.
type Place = (String, usize, usize);

impl<K: Kind> ListPane<K> {
    /// Does what a command asks of the full view.
    pub(super) fn on_page(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest scrolls")]
        match command {
            Command::Open => return self.open_spot(ctx),
            Command::Down => self.step(1, ctx),
            Command::Up => self.step(-1, ctx),
            _ => {
                // Where it leads to is not where the cursor was.
                if self.scroll.on(command) {
                    self.opened.spot = None;
                }
            }
        }
        Vec::new()
    }

    /// The name of what has the cursor.
    pub(super) fn name_here(&self, row: &K::Row<'_>, ctx: &Ctx<'_>) -> String {
        let spot = self.opened.spot.as_deref();
        let spot = spot.filter(|_| self.focus != Focus::Rows);
        spot.and_then(|spot| K::name_at(row, spot, ctx))
            .unwrap_or_else(|| K::name(row))
    }

    /// A click selects the spot, and opens the one that is selected.
    pub(super) fn click_page(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect> {
        let area = self.page_area.get();
        if !area.contains(at) {
            return Vec::new();
        }
        let line = self.scroll.shown().start + usize::from(at.y - area.y);
        let places = self.spots(ctx);
        let is_there = |(_, first, high): &&Place| (*first..first + high).contains(&line);
        let Some((spot, _, _)) = places.iter().find(is_there) else {
            return Vec::new();
        };
        if self.opened.spot.as_ref() == Some(spot) {
            return self.open_spot(ctx);
        }
        self.opened.spot = Some(spot.clone());
        Vec::new()
    }

    fn spots(&self, ctx: &Ctx<'_>) -> Vec<Place> {
        if !K::HAS_SPOTS {
            return Vec::new();
        }
        let Some(row) = self.row(ctx.store) else {
            return Vec::new();
        };
        let page = K::page_with(&row, &self.opened, ctx);
        let places = page.places(usize::from(self.page_area.get().width));
        places
            .into_iter()
            .map(|(spot, line, high)| (spot.to_owned(), line, high))
            .collect()
    }

    /// To the next spot, down where positive, if it is on the screen or at its edge; else by a line.
    fn step(&mut self, by: isize, ctx: &Ctx<'_>) {
        let places = self.spots(ctx);
        let shown = self.scroll.shown();
        let is_selected = |(spot, line, _): &&Place| {
            self.opened.spot.as_ref() == Some(spot) && shown.contains(line)
        };
        let selected = places.iter().position(|it| is_selected(&it));
        let next = match (selected, by > 0) {
            (Some(at), true) => places.get(at + 1),
            (Some(at), false) => at.checked_sub(1).and_then(|at| places.get(at)),
            (None, true) => places.iter().find(|(_, line, _)| *line >= shown.start),
            (None, false) => places.iter().rfind(|(_, line, _)| *line < shown.end),
        };
        match next {
            Some((spot, line, _)) if *line <= shown.end && line + 1 >= shown.start => {
                self.opened.spot = Some(spot.clone());
                self.scroll.reveal(*line);
            }
            _ => self.scroll.by(by),
        }
    }

    fn open_spot(&mut self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(spot) = self.opened.spot.clone() else {
            return Vec::new();
        };
        if self.opened.spots.remove(&spot) {
            return Vec::new();
        }
        let row = self.row(ctx.store);
        let effects = row.map(|row| K::opens(&row, &spot, ctx));
        self.opened.spots.insert(spot);
        effects.unwrap_or_default()
    }
}

//! The menu of what can be done with what is selected: one key a row, and for the row under the cursor
//! what it does, or why it cannot be done now. It knows no particular action.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::choices;
use crate::command::Command;
use crate::domain::action::Right;
use crate::effect::{Effect, Offer};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::write::put;

/// The menu, and what is selected in it.
#[derive(Clone, Debug)]
pub struct Menu {
    title: String,
    offers: Vec<Offer>,
    cursor: usize,
}

/// What came of choosing a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// No row has that key.
    Nothing,
    /// It cannot be done, because of this.
    Barred(String),
    /// This is to be done.
    Effects(Vec<Effect>),
}

impl Menu {
    /// A menu of these rows.
    pub fn new(offers: Vec<Offer>) -> Self {
        Self::titled("Actions".to_owned(), offers)
    }

    /// The same under another heading.
    pub fn titled(title: String, offers: Vec<Offer>) -> Self {
        Self {
            title,
            offers,
            cursor: 0,
        }
    }

    /// What must be permitted for its rows, each once.
    pub fn needs(&self) -> Vec<Right> {
        let mut needs: Vec<Right> = self.offers.iter().flat_map(|it| it.needs.clone()).collect();
        needs.sort();
        needs.dedup();
        needs
    }

    /// Moves the choice.
    pub fn on(&mut self, command: Command) {
        self.cursor = choices::moved(self.cursor, command, self.offers.len(), usize::MAX);
    }

    /// The row under the cursor is chosen.
    pub fn accept(&self, ctx: &Ctx<'_>) -> Chosen {
        let offer = self.offers.get(self.cursor);
        offer.map_or(Chosen::Nothing, |offer| chosen(offer, ctx))
    }

    /// The row with this key is chosen.
    pub fn press(&mut self, key: char, ctx: &Ctx<'_>) -> Chosen {
        let Some(at) = self.offers.iter().position(|offer| offer.key == key) else {
            return Chosen::Nothing;
        };
        self.cursor = at;
        self.accept(ctx)
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let title = (self.title.as_str(), self.offers.len());
        let (list, below) = choices::lay(buf, area, title, ctx);
        let first = choices::first(self.cursor, list);
        let offers = self.offers.iter().enumerate().skip(first);
        for (line, (at, offer)) in list.rows().zip(offers) {
            draw_row(buf, line, (offer, at == self.cursor), ctx);
        }
        choices::bar(buf, list, (first, self.offers.len()), ctx);
        let Some(offer) = self.offers.get(self.cursor) else {
            return;
        };
        match barred(offer, ctx) {
            Some(why) => {
                let why = format!("{} {why}", signs::HELD.0);
                choices::say(buf, below, (&why, Role::Warn), ctx);
            }
            None => choices::say(buf, below, (&offer.about, Role::Muted), ctx),
        }
    }
}

fn draw_row(buf: &mut Buffer, line: Rect, (offer, selected): (&Offer, bool), ctx: &Ctx<'_>) {
    let style = |role| ctx.theme.style(role);
    let (key, text) = if barred(offer, ctx).is_some() {
        (Role::Muted, Role::Muted)
    } else {
        (Role::Accent, Role::Text)
    };
    let x = put(
        buf,
        line,
        line.x,
        line.y,
        &offer.key.to_string(),
        style(key),
    );
    put(buf, line, x + 2, line.y, &offer.label, style(text));
    if selected {
        choices::select(buf, line, ctx);
    }
}

fn chosen(offer: &Offer, ctx: &Ctx<'_>) -> Chosen {
    match barred(offer, ctx) {
        Some(why) => Chosen::Barred(why),
        None => Chosen::Effects(offer.then.clone()),
    }
}

/// Why a row cannot be chosen. Rights that are not known yet bar nothing: the server has the last word.
fn barred(offer: &Offer, ctx: &Ctx<'_>) -> Option<String> {
    if offer.writes && ctx.read_only {
        return Some("nothing is changed with --read-only".to_owned());
    }
    let actions = &ctx.store.actions;
    let denied = offer
        .needs
        .iter()
        .find(|right| actions.permits(right) == Some(false));
    denied
        .map(|right| format!("not permitted: {right}"))
        .or_else(|| offer.not_now.clone())
}

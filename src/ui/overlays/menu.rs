//! The menu of what can be done with what is selected: one key a row, and for the row under the cursor
//! what it does, or why it cannot be done now. It knows no particular action.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help::centred;
use crate::command::Command;
use crate::domain::action::Right;
use crate::effect::{Effect, Offer};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, wrap};

/// Rows for what is said of the selected one.
const ABOUT: u16 = 3;
/// The widest menu.
const WIDEST: u16 = 66;

/// The menu, and what is selected in it.
#[derive(Clone, Debug)]
pub struct Menu {
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
        Self { offers, cursor: 0 }
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
        let last = self.offers.len().saturating_sub(1);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "only these commands move the choice"
        )]
        match command {
            Command::Up => self.cursor = self.cursor.saturating_sub(1),
            Command::Down => self.cursor = (self.cursor + 1).min(last),
            Command::PageUp => self.cursor = 0,
            Command::PageDown => self.cursor = last,
            _ => {}
        }
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
        let theme = ctx.theme;
        let rows = u16::try_from(self.offers.len()).unwrap_or(u16::MAX);
        let high = rows.saturating_add(ABOUT + 3).min(area.height);
        let place = centred(area, WIDEST.min(area.width.saturating_sub(4)), high);
        Clear.render(place, buf);
        buf.set_style(place, theme.style(Role::Base));
        let inside = Frame::titled(theme, "Actions")
            .focused(true)
            .draw(buf, place, theme);
        let list = Rect {
            height: inside.height.saturating_sub(ABOUT + 1),
            ..inside
        };
        let first = (self.cursor + 1).saturating_sub(usize::from(list.height.max(1)));
        let offers = self.offers.iter().enumerate().skip(first);
        for (line, (at, offer)) in list.rows().zip(offers) {
            draw_row(buf, line, (offer, at == self.cursor), ctx);
        }
        let thumb = Rect {
            width: list.width + 2,
            ..list
        };
        scrollbar::draw(buf, thumb, theme, first, self.offers.len());
        let Some(offer) = self.offers.get(self.cursor) else {
            return;
        };
        let below = Rect {
            y: list.bottom() + 1,
            height: inside.bottom().saturating_sub(list.bottom() + 1),
            ..inside
        };
        let (said, role) = match barred(offer, ctx) {
            Some(why) => (format!("{} {why}", signs::HELD.0), Role::Warn),
            None => (offer.about.clone(), Role::Muted),
        };
        for (line, text) in below
            .rows()
            .zip(wrap(&said, usize::from(below.width.max(1))))
        {
            put(buf, line, line.x, line.y, &text, theme.style(role));
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
        let whole = Rect::new(line.x.saturating_sub(1), line.y, line.width + 2, 1);
        buf.set_style(whole, style(Role::Selected));
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

//! What can be broken in the lab on purpose, to see what the cockpit makes of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help::centred;
use crate::command::Command;
use crate::effect::Effect;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, width, wrap};

/// The list, and what is selected in it.
#[derive(Clone, Debug)]
pub struct Breakages {
    choices: Vec<(String, String)>,
    cursor: usize,
}

impl Breakages {
    /// A list of names, each with what it does.
    pub fn new(choices: Vec<(String, String)>) -> Self {
        Self { choices, cursor: 0 }
    }

    /// Moves the choice.
    pub fn on(&mut self, command: Command) {
        let last = self.choices.len().saturating_sub(1);
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

    /// What is to be broken.
    pub fn chosen(&self) -> Option<Effect> {
        let (name, _) = self.choices.get(self.cursor)?;
        Some(Effect::Break(name.clone()))
    }

    /// Draws it over `area`: the names, and below them what the selected one does.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        const ABOUT: u16 = 3;
        let theme = ctx.theme;
        let rows = u16::try_from(self.choices.len()).unwrap_or(u16::MAX);
        let high = rows.saturating_add(ABOUT + 3).min(area.height);
        let place = centred(area, 66.min(area.width.saturating_sub(4)), high);
        Clear.render(place, buf);
        buf.set_style(place, theme.style(Role::Base));
        let inside = Frame::titled(theme, "Break something in the lab")
            .focused(true)
            .draw(buf, place, theme);
        let list = Rect {
            height: inside.height.saturating_sub(ABOUT + 1),
            ..inside
        };
        let shown = usize::from(list.height.max(1));
        let first = (self.cursor + 1).saturating_sub(shown);
        let choices = self.choices.iter().enumerate().skip(first);
        for (line, (at, (name, _))) in list.rows().zip(choices) {
            let role = if at == self.cursor {
                let whole = Rect::new(line.x - 1, line.y, line.width + 2, 1);
                buf.set_style(whole, theme.style(Role::Selected));
                Role::Selected
            } else {
                Role::Text
            };
            let mark = if at == self.cursor { "▸ " } else { "  " };
            let x = put(buf, line, line.x, line.y, mark, theme.style(role));
            put(buf, line, x, line.y, name, theme.style(role));
        }
        let thumb = Rect {
            width: list.width + 2,
            ..list
        };
        scrollbar::draw(buf, thumb, theme, first, self.choices.len());
        let about = self.choices.get(self.cursor).map_or("", |(_, about)| about);
        let below = Rect {
            y: list.bottom() + 1,
            height: inside.bottom().saturating_sub(list.bottom() + 1),
            ..inside
        };
        let lines = wrap(about, usize::from(below.width).max(width("…")));
        for (line, text) in below.rows().zip(lines) {
            put(buf, line, line.x, line.y, &text, theme.style(Role::Muted));
        }
    }
}

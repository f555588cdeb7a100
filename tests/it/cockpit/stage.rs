//! Draws the cockpit for a store that was folded from events: text, and runs of style.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use k3scope::domain::event::Event;
use k3scope::effect::Effect;
use k3scope::keymap::{Key, Keymap};
use k3scope::store::{Store, fold};
use k3scope::theme::{Role, Theme, builtin};
use k3scope::ui::frame::header::Badges;
use k3scope::ui::{Cockpit, Look};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use strum::IntoEnumIterator;

use super::world;

/// A cockpit with its store, without a terminal.
pub(crate) struct Stage {
    pub(crate) store: Store,
    pub(crate) cockpit: Cockpit,
}

/// The look that all screens are drawn in.
pub(crate) fn look() -> Look {
    Look {
        keymap: Keymap::builtin().unwrap(),
        themes: ["dark", "light", "contrast", "ansi16"]
            .map(|name| builtin(name).unwrap())
            .to_vec(),
        zone: TimeZone::UTC,
        badges: Badges::default(),
        breakages: Vec::new(),
    }
}

impl Stage {
    pub(crate) fn new(events: Vec<Event>) -> Self {
        let mut store = Store::default();
        for event in events {
            fold(&mut store, event);
        }
        Self {
            store,
            cockpit: Cockpit::new(look()),
        }
    }

    /// Presses keys, written as in `keymap.toml` with blanks between them.
    pub(crate) fn press(&mut self, keys: &str) {
        self.pressed(keys);
    }

    /// As [`Stage::press`]; tells what the last of them asks for.
    pub(crate) fn pressed(&mut self, keys: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap();
            // A list learns of its rows and its height when it is drawn.
            self.draw(100, 30);
            effects = self.cockpit.key(key, &self.store, world::now());
        }
        effects
    }

    pub(crate) fn draw(&mut self, width: u16, height: u16) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.cockpit.draw(&mut buffer, &self.store, world::now());
        buffer
    }

    /// The screen as text, and below it the styles of each line.
    pub(crate) fn snapshot(&mut self, width: u16, height: u16) -> String {
        let buffer = self.draw(width, height);
        format!(
            "{}\n{}",
            text(&buffer),
            styles(&buffer, &builtin("dark").unwrap())
        )
    }
}

/// The text of a screen, one line a row.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut skip = 0;
        for x in row.left()..row.right() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, row.y)].symbol();
            skip = k3scope::ui::widgets::write::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The styles of each row as runs: cells, and the role that looks like it.
fn styles(buffer: &Buffer, theme: &Theme) -> String {
    let base = theme.style(Role::Base);
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut runs: Vec<(String, usize)> = Vec::new();
        for x in row.left()..row.right() {
            let name = role(buffer[(x, row.y)].style(), theme, base);
            match runs.last_mut() {
                Some((last, cells)) if *last == name => *cells += 1,
                _ => runs.push((name, 1)),
            }
        }
        let runs: Vec<String> = runs
            .iter()
            .map(|(name, cells)| format!("{name} {cells}"))
            .collect();
        let _ = writeln!(text, "{:>2}: {}", row.y, runs.join(", "));
    }
    text
}

fn role(style: Style, theme: &Theme, base: Style) -> String {
    let same = |role: &Role| {
        let wanted = base.patch(theme.style(*role));
        (wanted.fg, wanted.bg, wanted.add_modifier) == (style.fg, style.bg, style.add_modifier)
    };
    Role::iter().find(same).map_or_else(
        || {
            let on_bar = theme.style(Role::Bar).bg == style.bg;
            let named = Role::iter().find(|role| theme.style(*role).fg == style.fg);
            format!("{named:?}{}", if on_bar { " on bar" } else { " elsewhere" })
        },
        |role| format!("{role:?}").to_lowercase(),
    )
}

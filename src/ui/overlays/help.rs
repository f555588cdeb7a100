//! Which key does what, from the same table that decides it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use crate::keymap::{Context, Keymap, entries};
use crate::theme::{Role, Theme};
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::Scroll;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{cut, width};

/// Cells that keys take.
const KEYS: usize = 20;
/// The widest column of help.
const WIDEST: u16 = 62;

/// The help, and how far it is scrolled.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// How far.
    pub scroll: Scroll,
}

impl Help {
    /// Draws it over `area`: two columns where there is room.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let two = area.width > 2 * 56;
        let wide = if two { 2 * WIDEST } else { WIDEST };
        let place = centred(area, wide.min(area.width.saturating_sub(2)), area.height);
        Clear.render(place, buf);
        buf.set_style(place, ctx.theme.style(Role::Base));
        let inside = Frame::titled(ctx.theme, "Keys")
            .focused(true)
            .draw(buf, place, ctx.theme);
        let cells = if two {
            inside.width / 2 - 1
        } else {
            inside.width
        };
        let lines = lines(ctx.keymap, ctx.theme, usize::from(cells));
        let (columns, rows) = if two { split(lines) } else { (vec![lines], 0) };
        let total = columns.iter().map(Vec::len).max().unwrap_or(0).max(rows);
        let first = self.scroll.settle(usize::from(inside.height), total);
        for (column, x) in columns.into_iter().zip([inside.x, inside.x + cells + 2]) {
            for (line, y) in column
                .into_iter()
                .skip(first)
                .zip(inside.y..inside.bottom())
            {
                buf.set_line(x, y, &line, cells);
            }
        }
        let bar = Rect {
            width: inside.width + 2,
            ..inside
        };
        scrollbar::draw(buf, bar, ctx.theme, first, total);
    }
}

/// All lines: a heading for each place, a line for each command.
fn lines(keymap: &Keymap, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut place: Option<Context> = None;
    for entry in entries(keymap) {
        if place != Some(entry.context) {
            if place.is_some() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(
                entry.context.title(),
                theme.style(Role::Title),
            ));
            place = Some(entry.context);
        }
        let keys = cut(&entry.shown.join(" "), KEYS);
        let blank = " ".repeat(KEYS + 2 - width(&keys));
        lines.push(Line::from(vec![
            Span::styled(keys, theme.style(Role::Accent)),
            Span::raw(blank),
            Span::styled(
                cut(entry.what, cells.saturating_sub(KEYS + 2)),
                theme.style(Role::Text),
            ),
        ]));
    }
    lines
}

/// Two columns, parted at the heading that is nearest to the middle.
fn split(mut lines: Vec<Line<'static>>) -> (Vec<Vec<Line<'static>>>, usize) {
    let middle = lines.len() / 2;
    let part = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.width() == 0)
        .map(|(at, _)| at)
        .min_by_key(|at| at.abs_diff(middle))
        .unwrap_or(middle);
    let second = lines.split_off((part + 1).min(lines.len()));
    let rows = lines.len().max(second.len());
    (vec![lines, second], rows)
}

/// A box of this size in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use strum::IntoEnumIterator;

    #[test]
    fn no_command_is_missing_from_the_help() {
        let keymap = Keymap::builtin().unwrap();
        let theme = crate::theme::builtin("dark").unwrap();
        let text: Vec<String> = lines(&keymap, &theme, 200)
            .iter()
            .map(ToString::to_string)
            .collect();
        for command in Command::iter() {
            assert!(
                text.iter().any(|line| line.ends_with(command.describe())),
                "{command} is in no help"
            );
        }
    }
}

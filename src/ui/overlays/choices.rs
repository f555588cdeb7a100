//! A list to choose from that lies over the panes: its cursor, and a box with a line for each choice and
//! room below for what is said of the one under the cursor. It knows nothing of what is chosen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help::centred;
use crate::command::Command;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, wrap};

/// Rows for what is said of the selected one.
const ABOUT: u16 = 3;
/// The widest box.
const WIDEST: u16 = 66;

/// The choice at `cursor` after a command, of so many; a page is so many choices.
pub(super) fn moved(cursor: usize, command: Command, count: usize, page: usize) -> usize {
    let last = count.saturating_sub(1);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only these commands move the choice"
    )]
    match command {
        Command::Up => cursor.saturating_sub(1),
        Command::Down => (cursor + 1).min(last),
        Command::PageUp => cursor.saturating_sub(page),
        Command::PageDown => cursor.saturating_add(page).min(last),
        _ => cursor,
    }
}

/// The first choice that shows, so that the one at `cursor` does.
pub(super) fn first(cursor: usize, list: Rect) -> usize {
    (cursor + 1).saturating_sub(usize::from(list.height.max(1)))
}

/// A box over `area` for so many choices: where they are drawn, and where something is said of one.
pub(super) fn lay(
    buf: &mut Buffer,
    area: Rect,
    (title, count): (&str, usize),
    ctx: &Ctx<'_>,
) -> (Rect, Rect) {
    let rows = u16::try_from(count).unwrap_or(u16::MAX);
    let high = rows.saturating_add(ABOUT + 3).min(area.height);
    let place = centred(area, WIDEST.min(area.width.saturating_sub(4)), high);
    let inside = open(buf, place, title, ctx);
    let list = Rect {
        height: inside.height.saturating_sub(ABOUT + 1),
        ..inside
    };
    let below = Rect {
        y: list.bottom() + 1,
        height: inside.bottom().saturating_sub(list.bottom() + 1),
        ..inside
    };
    (list, below)
}

/// An empty box with a title; what is inside of it.
pub(super) fn open(buf: &mut Buffer, place: Rect, title: &str, ctx: &Ctx<'_>) -> Rect {
    Clear.render(place, buf);
    buf.set_style(place, ctx.theme.style(Role::Base));
    Frame::titled(ctx.theme, title)
        .focused(true)
        .draw(buf, place, ctx.theme)
}

/// Lights the line of the one that is selected up, from border to border.
pub(super) fn select(buf: &mut Buffer, line: Rect, ctx: &Ctx<'_>) {
    let whole = Rect::new(line.x.saturating_sub(1), line.y, line.width + 2, 1);
    buf.set_style(whole, ctx.theme.style(Role::Selected));
}

/// A thumb on the border, where not all of `count` show.
pub(super) fn bar(buf: &mut Buffer, list: Rect, (first, count): (usize, usize), ctx: &Ctx<'_>) {
    let border = Rect {
        width: list.width + 2,
        ..list
    };
    scrollbar::draw(buf, border, ctx.theme, first, count);
}

/// What is said of the one that is selected.
pub(super) fn say(buf: &mut Buffer, below: Rect, (said, role): (&str, Role), ctx: &Ctx<'_>) {
    let lines = wrap(said, usize::from(below.width.max(1)));
    for (line, text) in below.rows().zip(lines) {
        put(buf, line, line.x, line.y, &text, ctx.theme.style(role));
    }
}

//! The footer: the keys that work here and now; a message takes its place while there is one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::command::Command;
use crate::keymap::{Context, Keys};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::{put, width};

/// Commands that every place offers, after its own.
const EVERYWHERE: &[Command] = &[Command::Palette, Command::Help, Command::Quit];

/// A message in place of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// A glyph, and how it looks.
    pub sign: (&'static str, Role),
    /// When it goes.
    pub until: jiff::Timestamp,
}

/// Draws a message.
pub fn draw_toast(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, toast: &Toast) {
    ctx.moment.changes_at(toast.until);
    let bar = ctx.theme.style(Role::Bar);
    buf.set_style(area, bar);
    let glyph = bar.patch(ctx.theme.style(toast.sign.1));
    let x = put(buf, area, area.x + 1, area.y, toast.sign.0, glyph);
    put(buf, area, x + 1, area.y, &toast.text, bar);
}

/// Draws the keys of a place, as many as fit.
pub fn draw(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, contexts: &[Context], hints: &[Command]) {
    let bar = ctx.theme.style(Role::Bar);
    buf.set_style(area, bar);
    let typing = contexts.contains(&Context::Input);
    let everywhere: &[Command] = if typing { &[] } else { EVERYWHERE };
    let shown = |command: &Command| {
        let key = ctx.keymap.first(contexts, *command)?.shown();
        Some((key, command.label()))
    };
    let own: Vec<_> = hints.iter().filter_map(shown).collect();
    let always: Vec<_> = everywhere.iter().filter_map(shown).collect();
    let wide = |(key, label): &(String, &str)| width(key) + width(label) + 3;
    let mut room =
        usize::from(area.width).saturating_sub(1 + always.iter().map(wide).sum::<usize>());
    let mut x = area.x + 1.min(area.width);
    for hint in own {
        if wide(&hint) > room {
            break;
        }
        room -= wide(&hint);
        x = put_hint(buf, area, x, &hint, ctx, bar);
    }
    for hint in always {
        x = put_hint(buf, area, x, &hint, ctx, bar);
    }
}

/// Draws what may follow on the keys that were pressed, where `offers` says that it can be done.
pub fn draw_pending(
    buf: &mut Buffer,
    area: Rect,
    ctx: &Ctx<'_>,
    contexts: &[Context],
    keys: &Keys,
    offers: &dyn Fn(Command) -> bool,
) {
    let bar = ctx.theme.style(Role::Bar);
    buf.set_style(area, bar);
    let mut x = area.x + 1.min(area.width);
    let continuations = ctx.keymap.continuations(contexts, keys);
    for (sequence, command) in continuations.filter(|(_, command)| offers(*command)) {
        x = put_hint(buf, area, x, &(sequence.shown(), command.label()), ctx, bar);
    }
}

fn put_hint(
    buf: &mut Buffer,
    area: Rect,
    x: u16,
    (key, label): &(String, &str),
    ctx: &Ctx<'_>,
    bar: Style,
) -> u16 {
    let key_style = bar.patch(ctx.theme.style(Role::Accent));
    let x = put(buf, area, x, area.y, key, key_style);
    put(
        buf,
        area,
        x + 1,
        area.y,
        label,
        ctx.theme.style(Role::BarMuted),
    ) + 2
}

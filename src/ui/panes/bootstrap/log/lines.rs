//! A line of a log as rows of the screen: when, how much it matters, from where, what.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::matches::find;
use super::severity::weigh;
use crate::domain::bootstrap::LogOrigin;
use crate::store::bootstrap::LogEntry;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::{cut, width, wrap};

/// From this width on the origin of a line is spelled out.
const SPELLED: usize = 64;

/// How lines are laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    /// What stands out wherever it is.
    pub(super) marked: &'a str,
    /// Whether long lines are wrapped.
    pub(super) wrapped: bool,
    /// Whether the time stands before it.
    pub(super) timed: bool,
    /// Cells of a row.
    pub(super) cells: usize,
}

fn origin(origin: LogOrigin, spelled: bool) -> &'static str {
    match (origin, spelled) {
        (LogOrigin::Console, true) => "console    ",
        (LogOrigin::CloudInit, true) => "cloud-init ",
        (LogOrigin::Script, true) => "script     ",
        (LogOrigin::Console, false) => "c ",
        (LogOrigin::CloudInit, false) => "i ",
        (LogOrigin::Script, false) => "s ",
    }
}

/// The rows of a line; `found` where the search stands on it.
pub(super) fn rows(
    entry: &LogEntry,
    layout: Layout<'_>,
    found: bool,
    ctx: &Ctx<'_>,
) -> Vec<Line<'static>> {
    let time = if layout.timed {
        format!("{} ", ctx.moment.stamp(entry.at))
    } else {
        String::new()
    };
    let from = origin(entry.origin, layout.cells >= SPELLED);
    let hang = width(&time) + 2 + from.len();
    let room = layout.cells.saturating_sub(hang).max(8);
    let weighed = weigh(&entry.text);
    let texts = if layout.wrapped {
        wrap(weighed.text, room)
    } else {
        vec![cut(weighed.text, room)]
    };
    let (glyph, role) = if found {
        ("»", Role::Accent)
    } else {
        weighed.sign
    };
    let style = ctx.theme.style(weighed.role);
    let mut rows = Vec::with_capacity(texts.len());
    for (at, text) in texts.into_iter().enumerate() {
        let mut spans = if at == 0 {
            vec![
                Span::styled(time.clone(), ctx.theme.style(Role::Muted)),
                Span::styled(format!("{glyph} "), ctx.theme.style(role)),
                Span::styled(from, ctx.theme.style(Role::Muted)),
            ]
        } else {
            vec![Span::raw(" ".repeat(hang))]
        };
        mark(&mut spans, &text, layout.marked, style, ctx);
        rows.push(Line::from(spans));
    }
    rows
}

/// A text with every place of `wanted` standing out.
fn mark(spans: &mut Vec<Span<'static>>, text: &str, wanted: &str, style: Style, ctx: &Ctx<'_>) {
    let mut rest = text;
    while !wanted.is_empty() {
        let parts = find(rest, wanted).and_then(|at| {
            let (before, from) = rest.split_at_checked(at)?;
            let (found, after) = from.split_at_checked(wanted.len())?;
            Some((before, found, after))
        });
        let Some((before, found, after)) = parts else {
            break;
        };
        spans.push(Span::styled(before.to_owned(), style));
        spans.push(Span::styled(
            found.to_owned(),
            ctx.theme.style(Role::Selected),
        ));
        rest = after;
    }
    spans.push(Span::styled(rest.to_owned(), style));
}

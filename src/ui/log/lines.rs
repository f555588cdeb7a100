//! A line of a log as rows of the screen: when, how much it matters, from where, what.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::severity::weigh;
use super::{Log, Needle, json};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::{cut, width, wrap};

/// From this width on it is spelled out where a line comes from.
const SPELLED: usize = 64;

/// How lines are laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    /// What stands out wherever it is.
    pub(super) marked: &'a Needle,
    /// Whether long lines are wrapped.
    pub(super) wrapped: bool,
    /// Whether the time stands before it.
    pub(super) timed: bool,
    /// Whether lines that are JSON are shown as words.
    pub(super) pretty: bool,
    /// Cells of a row.
    pub(super) cells: usize,
}

/// The rows of the line at a place; `found` where the search stands on it.
pub(super) fn rows(
    log: &impl Log,
    place: usize,
    (layout, found): (Layout<'_>, bool),
    ctx: &Ctx<'_>,
) -> Option<Vec<Line<'static>>> {
    let raw = log.text(place)?;
    let words = if layout.pretty {
        json::words(raw)
    } else {
        None
    };
    let time = match log.at(place) {
        Some(at) if layout.timed => format!("{} ", ctx.moment.stamp(at)),
        _ => String::new(),
    };
    let from = log.from(place, layout.cells >= SPELLED).into_owned();
    let hang = width(&time) + 2 + width(&from);
    let room = layout.cells.saturating_sub(hang).max(8);
    let weighed = weigh(words.as_deref().unwrap_or(raw));
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
                Span::styled(from.clone(), ctx.theme.style(Role::Muted)),
            ]
        } else {
            vec![Span::raw(" ".repeat(hang))]
        };
        mark(&mut spans, &text, layout.marked, style, ctx);
        rows.push(Line::from(spans));
    }
    Some(rows)
}

/// A text with every place of `wanted` standing out.
fn mark(spans: &mut Vec<Span<'static>>, text: &str, wanted: &Needle, style: Style, ctx: &Ctx<'_>) {
    let mut rest = text;
    while let Some(place) = wanted.place(rest) {
        let parts = rest
            .split_at_checked(place.start)
            .and_then(|(before, from)| {
                let (found, after) = from.split_at_checked(place.len())?;
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

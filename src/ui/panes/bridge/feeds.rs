//! Where all this comes from, and how each feed is.

use ratatui::text::Span;

use super::section::{Row, Section};
use crate::domain::source::{SourceId, SourceStatus};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::write::{cut, width};

/// The feeds: those that are stale each say why, the others share lines. Where room is `tight`, the
/// live ones are only counted.
pub(super) fn section(ctx: &Ctx<'_>, cells: usize, tight: bool) -> Section {
    let mut rows = Vec::new();
    let mut live = 0;
    let mut chips: Vec<(SourceId, &SourceStatus)> = Vec::new();
    for (id, source) in ctx.store.sources.iter() {
        let is_live = source.status == SourceStatus::Live;
        live += usize::from(is_live);
        if matches!(source.status, SourceStatus::Stale { .. }) {
            rows.push(explained(id, &source.status, ctx, cells));
        } else if !(tight && is_live) {
            chips.push((id, &source.status));
        }
    }
    chips.sort_by_key(|(id, status)| (**status == SourceStatus::Live, *id));
    rows.extend(flow(&chips, ctx, cells));
    if rows.is_empty() && live > 0 {
        let all = vec![
            Span::styled("● ", ctx.theme.style(Role::Ok)),
            Span::styled("all are live", ctx.theme.style(Role::Text)),
        ];
        rows.push(Row::line(all, None));
    }
    let known = ctx.store.sources.iter().count();
    let aside = Span::styled(
        format!("{live} of {known} live"),
        ctx.theme.style(Role::Muted),
    );
    Section {
        title: "Feeds",
        aside: vec![aside],
        rows,
    }
}

fn explained(id: SourceId, status: &SourceStatus, ctx: &Ctx<'_>, cells: usize) -> Row {
    let (glyph, role) = signs::source(status);
    let said = if let SourceStatus::Stale {
        since,
        error,
        retry_at,
    } = status
    {
        let (since, retry) = (ctx.moment.since(*since), ctx.moment.until(*retry_at));
        format!("stale {since}, retry in {retry}: {error}")
    } else {
        status.word().to_owned()
    };
    let name = format!("{id}  ");
    let room = cells.saturating_sub(2 + width(&name));
    let spans = vec![
        Span::styled(format!("{glyph} "), ctx.theme.style(role)),
        Span::styled(name, ctx.theme.style(Role::Text)),
        Span::styled(cut(&said, room), ctx.theme.style(Role::Muted)),
    ];
    Row::line(spans, None)
}

/// Glyph and name of each feed, as many on a line as fit, in columns.
fn flow(chips: &[(SourceId, &SourceStatus)], ctx: &Ctx<'_>, cells: usize) -> Vec<Row> {
    let names: Vec<String> = chips.iter().map(|(id, _)| id.to_string()).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0) + 4;
    let columns = (cells / widest).max(1);
    let chip = |((_, status), name): (&(SourceId, &SourceStatus), &String)| {
        let (glyph, role) = signs::source(status);
        let text = if role == Role::Ok {
            Role::Text
        } else {
            Role::Muted
        };
        vec![
            Span::styled(format!("{glyph} "), ctx.theme.style(role)),
            Span::styled(format!("{name:0$}", widest - 2), ctx.theme.style(text)),
        ]
    };
    let spans: Vec<Vec<Span<'static>>> = chips.iter().zip(&names).map(chip).collect();
    spans
        .chunks(columns)
        .map(|line| Row::line(line.concat(), None))
        .collect()
}

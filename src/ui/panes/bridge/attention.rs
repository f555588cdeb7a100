//! Everything that is not well, worst first.

use ratatui::text::{Line, Span};

use super::section::{Row, Section};
use crate::domain::object::Severity;
use crate::domain::source::SourceStatus;
use crate::effect::Place;
use crate::store::health::Unhealthy;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::write::{cut, width};

/// The list of what needs attention, for `cells` of width.
pub(super) fn section(unhealthy: &[Unhealthy], ctx: &Ctx<'_>, cells: usize) -> Section {
    let rows = if unhealthy.is_empty() {
        vec![all_well(ctx)]
    } else {
        unhealthy.iter().map(|item| row(item, ctx, cells)).collect()
    };
    Section {
        title: "Needs attention",
        aside: counts(unhealthy, ctx),
        rows,
    }
}

fn counts(unhealthy: &[Unhealthy], ctx: &Ctx<'_>) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for severity in [Severity::Critical, Severity::Warning] {
        let count = unhealthy
            .iter()
            .filter(|item| item.severity == severity)
            .count();
        if count > 0 {
            let (glyph, role) = signs::severity(severity);
            if !spans.is_empty() {
                spans.push(Span::raw(" "));
            }
            spans.push(Span::styled(
                format!("{glyph}{count}"),
                ctx.theme.style(role),
            ));
        }
    }
    spans
}

fn all_well(ctx: &Ctx<'_>) -> Row {
    let sources = &ctx.store.sources;
    let live = sources
        .iter()
        .any(|(_, source)| source.status == SourceStatus::Live);
    let (sign, text) = if sources.are_settled() && !live {
        (signs::NONE, "Nothing is known: no feed is live".to_owned())
    } else if sources.are_settled() {
        (signs::OK, "Nothing needs attention".to_owned())
    } else {
        let open = sources
            .iter()
            .filter(|(_, source)| !source.status.is_settled())
            .count();
        let feeds = if open == 1 { "feed has" } else { "feeds have" };
        (
            signs::BUSY,
            format!("Still finding out: {open} {feeds} not told everything yet"),
        )
    };
    let spans = vec![
        Span::styled(format!("{} ", sign.0), ctx.theme.style(sign.1)),
        Span::styled(text, ctx.theme.style(Role::Text)),
    ];
    Row::line(spans, None)
}

fn row(item: &Unhealthy, ctx: &Ctx<'_>, cells: usize) -> Row {
    let (glyph, role) = signs::severity(item.severity);
    let age = item
        .since
        .map_or_else(String::new, |since| ctx.moment.since(since));
    let room = cells.saturating_sub(4 + age.len());
    let name = cut(&item.what.to_string(), room);
    let kind = cut(
        &format!("  {}", item.kind),
        room.saturating_sub(width(&name)),
    );
    let gap = room.saturating_sub(width(&name) + width(&kind)) + 2;
    let theme = ctx.theme;
    let head = Line::from(vec![
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(name, theme.style(Role::Title)),
        Span::styled(kind, theme.style(Role::Muted)),
        Span::raw(" ".repeat(gap)),
        Span::styled(age, theme.style(Role::Muted)),
    ]);
    let why = Line::from(vec![
        Span::raw("  "),
        Span::styled(
            cut(&item.why, cells.saturating_sub(2)),
            theme.style(Role::Text),
        ),
    ]);
    Row {
        lines: vec![head, why],
        target: place(item.kind).map(|place| (place, item.what.clone())),
    }
}

/// The tab that shows a kind of thing.
fn place(kind: &str) -> Option<Place> {
    Some(match kind {
        "application" => Place::Apps,
        "certificate" | "order" | "challenge" => Place::Certs,
        "gatewayclass" | "gateway" | "httproute" => Place::Routes,
        "node" => Place::Nodes,
        "pod" => Place::Pods,
        _ => return None,
    })
}

//! Nodes with what they use.

use ratatui::text::Span;

use super::section::{Row, Section, none};
use crate::domain::source::SourceId;
use crate::effect::Place;
use crate::store::views;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::nodes::{Row as Node, row as node_row};
use crate::ui::widgets::gauge::{bar, pressure};
use crate::ui::widgets::write::{cut, width};

/// The nodes, for `cells` of width.
pub(super) fn section(ctx: &Ctx<'_>, cells: usize) -> Section {
    let pods = views::pods_by_node(ctx.store)
        .into_iter()
        .map(|(node, count)| (node.to_owned(), count))
        .collect();
    let widest = ctx
        .store
        .nodes
        .iter()
        .map(|node| width(&node.id.name))
        .max()
        .unwrap_or(0);
    let longest = widest.min(cells.saturating_sub(2 + 2 * 10)).clamp(8, 24);
    let mut rows: Vec<Row> = ctx
        .store
        .nodes
        .iter()
        .map(|node| row(&node_row(ctx.store, &pods, node), longest, ctx, cells))
        .collect();
    if rows.is_empty() {
        rows.push(none(ctx, SourceId::Nodes, "nodes"));
    }
    Section {
        title: "Nodes",
        aside: Vec::new(),
        rows,
    }
}

fn row(node: &Node<'_>, longest: usize, ctx: &Ctx<'_>, cells: usize) -> Row {
    let theme = ctx.theme;
    let (glyph, role) = node.sign();
    let name = cut(&node.id.name, longest);
    let mut spans = vec![
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(format!("{name:longest$}"), theme.style(Role::Text)),
    ];
    let left = cells.saturating_sub(2 + longest);
    let bars = (left.saturating_sub(30) / 2).min(14);
    for (what, share) in [("cpu", node.cpu()), ("mem", node.memory())] {
        spans.push(Span::styled(format!("  {what} "), theme.style(Role::Muted)));
        let Some(share) = share else {
            spans.push(Span::styled("  –", theme.style(Role::Muted)));
            continue;
        };
        if bars > 3 {
            spans.extend(bar(theme, share, bars, pressure(share)));
        }
        spans.push(Span::styled(
            format!("{share:>3}%"),
            theme.style(Role::Text),
        ));
    }
    if left >= 30 {
        spans.push(Span::styled("  pods ", theme.style(Role::Muted)));
        spans.push(Span::styled(
            format!("{:>3}", node.pods),
            theme.style(Role::Text),
        ));
    }
    Row::line(spans, Some((Place::Nodes, node.id.clone())))
}

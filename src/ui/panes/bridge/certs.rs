//! Certificates with what is left of their lives.

use ratatui::text::Span;

use super::section::{Row, Section, none};
use crate::domain::certificate::Certificate;
use crate::domain::source::SourceId;
use crate::effect::Place;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::certs::{life, sign, state};
use crate::ui::widgets::write::{cut, width};

/// The certificates, those that end first at the top.
pub(super) fn section(ctx: &Ctx<'_>, cells: usize) -> Section {
    let mut ordered: Vec<&Certificate> = ctx.store.certificates.iter().collect();
    ordered.sort_by_key(|each| (each.is_ready(), each.not_after));
    let widest = ordered
        .iter()
        .map(|each| width(&each.id.name))
        .max()
        .unwrap_or(0);
    let longest = widest.min(cells.saturating_sub(2 + 12 + 11)).clamp(8, 24);
    let mut rows: Vec<Row> = ordered
        .into_iter()
        .map(|each| row(each, longest, ctx, cells))
        .collect();
    if rows.is_empty() {
        rows.push(none(ctx, SourceId::Certificates, "certificates"));
    }
    Section {
        title: "Certificates",
        aside: Vec::new(),
        rows,
    }
}

fn row(certificate: &Certificate, longest: usize, ctx: &Ctx<'_>, cells: usize) -> Row {
    let theme = ctx.theme;
    let (glyph, role) = sign(certificate);
    let name = cut(&certificate.id.name, longest);
    let mut spans = vec![
        Span::styled(format!("{glyph} "), theme.style(role)),
        Span::styled(format!("{name:longest$}"), theme.style(Role::Text)),
    ];
    let left = certificate
        .not_after
        .filter(|end| certificate.is_ready() && *end > ctx.moment.now());
    if let Some(end) = left {
        let bar = life(certificate, ctx);
        spans.push(Span::raw("  "));
        spans.push(Span::styled(bar.text, theme.style(bar.role)));
        spans.push(Span::styled(
            format!("  {:>4} left", ctx.moment.until(end)),
            theme.style(Role::Text),
        ));
        let room = cells.saturating_sub(2 + longest + 12 + 11);
        if let Some(renewal) = certificate.renewal.filter(|_| room >= 17) {
            let renewal = format!("  renews in {}", ctx.moment.until(renewal));
            spans.push(Span::styled(renewal, theme.style(Role::Muted)));
        }
    } else {
        let word = certificate
            .not_after
            .filter(|_| certificate.is_ready())
            .map_or(state(certificate), |_| "Expired");
        spans.push(Span::styled(format!("  {word}"), theme.style(role)));
    }
    Row::line(spans, Some((Place::Certs, certificate.id.clone())))
}

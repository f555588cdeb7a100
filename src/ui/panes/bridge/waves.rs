//! Applications by wave: the well ones as marks, the others by name.

use ratatui::text::{Line, Span};

use super::section::{Row, Section, none};
use crate::domain::application::{Application, Sync};
use crate::domain::source::SourceId;
use crate::effect::Place;
use crate::store::views;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::write::cut;

/// More marks than this in a row are a number.
const MARKS: usize = 16;

/// The waves, for `cells` of width: a line each, or as many on a line as fit.
pub(super) fn section(ctx: &Ctx<'_>, cells: usize, tight: bool) -> Section {
    let waves = views::waves(ctx.store);
    let mut chips = Vec::new();
    let mut waits_for = None;
    for (wave, applications) in waves {
        chips.push(row(wave, &applications, waits_for, ctx, cells));
        if waits_for.is_none() && applications.iter().any(|each| !each.is_well()) {
            waits_for = Some(wave);
        }
    }
    let mut rows = if tight { flow(chips, cells) } else { chips };
    if rows.is_empty() {
        rows.push(none(ctx, SourceId::Applications, "applications"));
    }
    let well = ctx
        .store
        .applications
        .iter()
        .filter(|each| each.is_well())
        .count();
    let total = ctx.store.applications.len();
    let aside = (total > 0).then(|| {
        let role = if well == total { Role::Ok } else { Role::Muted };
        Span::styled(format!("{well} of {total} well"), ctx.theme.style(role))
    });
    Section {
        title: "Applications by wave",
        aside: aside.into_iter().collect(),
        rows,
    }
}

/// As many waves on a line as fit; a line leads to its first wave.
fn flow(chips: Vec<Row>, cells: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for chip in chips {
        let wide: usize = chip.lines.iter().map(Line::width).sum();
        let spans = chip.lines.into_iter().flat_map(|line| line.spans);
        match rows
            .last_mut()
            .and_then(|row| row.lines.last_mut().map(|line| (&mut row.target, line)))
        {
            Some((target, line)) if line.width() + 1 + wide <= cells => {
                line.spans.push(Span::raw(" "));
                line.spans.extend(spans);
                *target = target.take().or(chip.target);
            }
            _ => rows.push(Row::line(spans.collect(), chip.target)),
        }
    }
    rows
}

fn sign(application: &Application) -> Sign {
    if application.sync == Sync::OutOfSync && signs::health(application.health) == signs::OK {
        signs::sync(application.sync)
    } else {
        signs::health(application.health)
    }
}

fn row(
    wave: i32,
    applications: &[&Application],
    waits_for: Option<i32>,
    ctx: &Ctx<'_>,
    cells: usize,
) -> Row {
    let theme = ctx.theme;
    let well = applications.iter().filter(|each| each.is_well()).count();
    let marks = if well > MARKS {
        format!("✔×{well}")
    } else {
        "✔".repeat(well)
    };
    let mut spans = vec![
        Span::styled(format!("{wave:>3}  "), theme.style(Role::Muted)),
        Span::styled(marks, theme.style(Role::Ok)),
    ];
    let unwell: Vec<&&Application> = applications.iter().filter(|each| !each.is_well()).collect();
    for application in &unwell {
        let taken: usize = spans.iter().map(Span::width).sum();
        let (glyph, role) = sign(application);
        let name = cut(&application.id.name, cells.saturating_sub(taken + 4));
        if !name.is_empty() {
            let gap = if well == 0 && spans.len() == 2 {
                ""
            } else {
                "  "
            };
            spans.push(Span::styled(format!("{gap}{glyph} "), theme.style(role)));
            spans.push(Span::styled(name, theme.style(Role::Text)));
        }
    }
    if let Some(earlier) = waits_for.filter(|_| !unwell.is_empty()) {
        spans.push(Span::styled(
            format!("  waits for {earlier}"),
            theme.style(Role::Muted),
        ));
    }
    let target = unwell.first().copied().or(applications.first());
    Row::line(spans, target.map(|each| (Place::Apps, each.id.clone())))
}

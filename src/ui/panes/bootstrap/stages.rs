//! Stages on rows: sign, name, a bar against the usual time, the time, and what is waited for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pace::Shown;
use crate::domain::bootstrap::Progress;
use crate::store::bootstrap::StageRun;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::gauge;
use crate::ui::widgets::write::{cut, put, wrap_from};

/// Cells that the name of a stage takes.
const LABEL: u16 = 19;
/// Cells before what stands below a stage.
const INDENT: u16 = 2;
/// Cells for a time and a word about it.
const TIME: u16 = 13;

/// A stage on a row.
pub(super) fn draw_stage(
    buf: &mut Buffer,
    line: Rect,
    stage: &StageRun,
    shown: &Shown<'_>,
    ctx: &Ctx<'_>,
) {
    draw_name(buf, line, stage, shown, ctx);
    let bar = line.width.saturating_sub(2 + LABEL + TIME);
    let from = line.x + 2 + LABEL;
    if let Some(percent) = shown.percent.filter(|_| bar >= 4) {
        let spans = gauge::bar(ctx.theme, percent, usize::from(bar - 1), shown.fill());
        buf.set_line(from, line.y, &spans.into(), bar);
    }
    let right = Rect {
        x: from + bar,
        width: line.right().saturating_sub(from + bar),
        ..line
    };
    let muted = ctx.theme.style(Role::Muted);
    let x = put(buf, right, right.x, right.y, &shown.time, muted);
    let style = ctx.theme.style(shown.sign.1);
    put(buf, right, x + 1, right.y, shown.word, style);
}

/// Only its sign and its name.
pub(super) fn draw_name(
    buf: &mut Buffer,
    line: Rect,
    stage: &StageRun,
    shown: &Shown<'_>,
    ctx: &Ctx<'_>,
) {
    let role = if stage.progress == Progress::Waiting {
        Role::Muted
    } else {
        Role::Text
    };
    let sign = ctx.theme.style(shown.sign.1);
    put(buf, line, line.x, line.y, shown.sign.0, sign);
    let style = ctx.theme.style(role);
    put(buf, line, line.x + 2, line.y, stage.stage.label(), style);
}

/// What a stage waits for, below it, in at most `rows`; gives what is left below.
pub(super) fn draw_waits(
    buf: &mut Buffer,
    area: Rect,
    (what, rows): (&str, u16),
    ctx: &Ctx<'_>,
) -> Rect {
    let text = format!("waits for {what}");
    let cells = usize::from(area.width.saturating_sub(INDENT));
    let mut lines = wrap_from(&text, cells, cells);
    let most = usize::from(rows.max(1));
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(cut(&rest, cells));
    }
    let muted = ctx.theme.style(Role::Muted);
    let mut left = area;
    for text in lines {
        let line = first(left);
        put(buf, line, line.x + INDENT, line.y, &text, muted);
        left = after(left, 1);
    }
    left
}

/// The first row of a place.
pub(super) fn first(area: Rect) -> Rect {
    Rect {
        height: area.height.min(1),
        ..area
    }
}

/// What is left of a place below some rows.
pub(super) fn after(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

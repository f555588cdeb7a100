//! The stages of the cluster as a whole, and what its hosts answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pace::Shown;
use super::stages::draw_stage;
use super::waves::{self, Parts};
use super::{mending, trouble};
use crate::domain::bootstrap::Stage;
use crate::store::bootstrap::{Bootstrap, HostRun, StageRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::put;

/// Before what stands below a stage.
const INDENT: &str = "  ";

/// A host that does not answer yet is no failure while the cluster is still coming up.
fn sign(host: &HostRun, over: bool) -> Sign {
    match host.well {
        Some(true) => signs::OK,
        Some(false) if over => signs::BAD,
        None | Some(false) => signs::NONE,
    }
}

/// Hosts and their answers, one a line, from the moment at which an answer tells something: before
/// that nothing stands there that could answer.
pub(super) fn hosts(page: &mut Page, bootstrap: &Bootstrap) {
    let is_turn = |stage: &StageRun| {
        stage.stage == Stage::Hosts && stage.is_open() && !bootstrap.is_early(stage)
    };
    let tells = bootstrap.finished.is_some() || bootstrap.cluster.iter().any(is_turn);
    let shown = |host: &&HostRun| host.well == Some(true) || tells && host.well.is_some();
    for host in bootstrap.hosts.iter().filter(shown) {
        page.item(
            vec![
                signs::before(sign(host, bootstrap.finished.is_some())),
                (format!("{} ", host.host), Role::Text),
            ],
            &*host.answer,
            Role::Muted,
        );
    }
}

/// What is wrong with the cluster itself: in full, or where there is little room only the worst of it
/// in two rows of `cells`.
pub(super) fn trouble(
    page: &mut Page,
    bootstrap: &Bootstrap,
    narrow: Option<usize>,
    ctx: &Ctx<'_>,
) {
    let mut troubled = mending::troubled(&bootstrap.cluster);
    match narrow {
        None => troubled.for_each(|stage| trouble::full(page, None, stage, ctx)),
        Some(cells) => {
            if let Some(worst) = troubled.next() {
                trouble::brief(page, None, worst, cells, ctx);
            }
        }
    }
}

/// All stages in as few lines as they need, for a narrow screen, and the waves while they count.
pub(super) fn strip(page: &mut Page, bootstrap: &Bootstrap, cells: usize, ctx: &Ctx<'_>) {
    let shown = |stage| {
        let shown = Shown::of_cluster(bootstrap, stage, ctx);
        let label = stage.stage.label().replace(' ', "\u{a0}");
        format!("{}\u{a0}{label}", shown.sign.0)
    };
    let stages: Vec<String> = bootstrap.cluster.iter().map(shown).collect();
    page.styled(stages.join("  "), Role::Text);
    if bootstrap.cluster.iter().any(waves::concern) {
        for row in waves::rows(ctx.store, cells) {
            page.row(row);
        }
    }
}

/// What stands below a stage: what it waits for, or the waves.
fn below(stage: &StageRun, shown: &Shown<'_>, cells: usize, ctx: &Ctx<'_>) -> Vec<Parts> {
    let indent = |mut row: Parts| {
        row.insert(0, (INDENT.to_owned(), Role::Muted));
        row
    };
    if waves::concern(stage) {
        let rows = waves::rows(ctx.store, cells.saturating_sub(INDENT.len()));
        if !rows.is_empty() {
            return rows.into_iter().map(indent).collect();
        }
    }
    if shown.waits.is_empty() {
        return Vec::new();
    }
    let text = format!("waits for {}", shown.waits);
    vec![indent(vec![(text, Role::Muted)])]
}

/// How many rows all stages take with what stands below them.
pub(super) fn height(bootstrap: &Bootstrap, cells: usize, ctx: &Ctx<'_>) -> usize {
    let rows = |stage: &StageRun| {
        let shown = Shown::of_cluster(bootstrap, stage, ctx);
        1 + below(stage, &shown, cells, ctx).len()
    };
    bootstrap.cluster.iter().map(rows).sum()
}

/// All stages, one a row with its time and its bar, and below them what there is room for.
pub(super) fn draw(buf: &mut Buffer, area: Rect, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let done = bootstrap.cluster.iter().filter(|stage| stage.is_done());
    let title = format!("Cluster · {} of {}", done.count(), bootstrap.cluster.len());
    let inside = Frame::titled(ctx.theme, title).draw(buf, area, ctx.theme);
    let mut spare = usize::from(inside.height).saturating_sub(bootstrap.cluster.len());
    let mut lines = inside.rows();
    for stage in &bootstrap.cluster {
        let Some(line) = lines.next() else { return };
        let shown = Shown::of_cluster(bootstrap, stage, ctx);
        draw_stage(buf, line, stage, &shown, ctx);
        let below = below(stage, &shown, usize::from(inside.width), ctx);
        let shown = below.len().min(spare);
        spare -= shown;
        for (parts, line) in below.into_iter().take(shown).zip(lines.by_ref()) {
            let mut x = line.x;
            for (text, role) in parts {
                x = put(buf, line, x, line.y, &text, ctx.theme.style(role));
            }
        }
    }
}

//! The stages of the cluster as a whole, and what its hosts answer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::node;
use super::pace::Shown;
use crate::domain::bootstrap::Progress;
use crate::store::bootstrap::{Bootstrap, HostRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::put;

/// A host that does not answer yet is no failure while the cluster is still coming up.
fn sign(host: &HostRun, over: bool) -> Sign {
    match host.well {
        Some(true) => signs::OK,
        Some(false) if over => signs::BAD,
        None | Some(false) => signs::NONE,
    }
}

/// Hosts and their answers, one a line; those that were not asked yet only where there is room.
pub(super) fn hosts(page: &mut Page, bootstrap: &Bootstrap, roomy: bool) {
    let shown = |host: &&HostRun| roomy || host.well.is_some();
    for host in bootstrap.hosts.iter().filter(shown) {
        let answer = if host.well.is_none() {
            "not asked yet"
        } else {
            &host.answer
        };
        page.item(
            vec![
                signs::before(sign(host, bootstrap.finished.is_some())),
                (format!("{} ", host.host), Role::Text),
            ],
            answer,
            Role::Muted,
        );
    }
}

/// What failed of the cluster itself, in full.
pub(super) fn failure(page: &mut Page, bootstrap: &Bootstrap) {
    for stage in &bootstrap.cluster {
        if let Progress::Failed { problem: met } = &stage.progress {
            problem(page, met);
        }
    }
}

/// All stages in as few lines as they need, for a narrow screen.
pub(super) fn strip(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let shown = |stage| {
        let shown = Shown::new(stage, false, ctx);
        let label = stage.stage.label().replace(' ', "\u{a0}");
        format!("{}\u{a0}{label}", shown.sign.0)
    };
    let stages: Vec<String> = bootstrap.cluster.iter().map(shown).collect();
    page.styled(stages.join("  "), Role::Text);
}

/// All stages, one a row with its time and its bar.
pub(super) fn draw(buf: &mut Buffer, area: Rect, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let done = bootstrap.cluster.iter().filter(|stage| stage.is_done());
    let title = format!("Cluster · {} of {}", done.count(), bootstrap.cluster.len());
    let inside = Frame::titled(ctx.theme, title).draw(buf, area, ctx.theme);
    let mut lines = inside.rows();
    for stage in &bootstrap.cluster {
        let Some(line) = lines.next() else { return };
        let shown = Shown::new(stage, false, ctx);
        node::draw_stage(buf, line, stage, &shown, ctx);
        let spare = usize::from(inside.height) > bootstrap.cluster.len();
        if spare && !shown.waits.is_empty() {
            let Some(line) = lines.next() else { return };
            let text = format!("  waits for {}", shown.waits);
            put(
                buf,
                line,
                line.x,
                line.y,
                &text,
                ctx.theme.style(Role::Muted),
            );
        }
    }
}

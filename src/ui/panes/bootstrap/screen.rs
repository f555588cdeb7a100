//! Where the parts of the pane stand: the path and the cluster above, the nodes below, the line in
//! which something is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use super::trouble::key;
use super::{cluster, mending, path};
use crate::command::Command;
use crate::store::bootstrap::{Bootstrap as Run, NodeRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page, Scroll};

/// From this width on the path and the cluster stand beside each other.
const BESIDE: u16 = 110;
/// The narrowest column of a node.
const COLUMN: u16 = 44;
/// Cells that a line around a pane takes with the blanks beside it.
const AROUND: u16 = 4;

/// When a stage ended last.
fn last_change(run: &Run) -> Option<jiff::Timestamp> {
    let of_nodes = run.nodes.iter().flat_map(|node| &node.stages);
    let stages = of_nodes.chain(&run.cluster);
    stages.filter_map(|stage| stage.ended).max()
}

/// The path, the cluster and its hosts; returns what is left for the nodes. `focus` is the node that
/// has the keys.
pub(super) fn draw_top(
    buf: &mut Buffer,
    area: Rect,
    run: &Run,
    focus: Option<&NodeRun>,
    ctx: &Ctx<'_>,
) -> Rect {
    let took = match run.finished {
        Some(_) => last_change(run).map(|at| lasted(at.duration_since(run.started))),
        None => Some(ctx.moment.running(run.started)),
    };
    let aside: Vec<String> = took.into_iter().chain(path::rest(run, ctx)).collect();
    let frame = Frame {
        aside: vec![Span::styled(
            aside.join(" · "),
            ctx.theme.style(Role::Muted),
        )],
        ..Frame::titled(ctx.theme, "Bootstrap")
    };
    let wide = area.width >= BESIDE;
    let left = if wide {
        area.width * 58 / 100
    } else {
        area.width
    };
    let cells = usize::from(left.saturating_sub(AROUND));
    let text = top(run, wide, cells, focus, ctx);
    let mut high = text.height(cells);
    if wide {
        let cells = usize::from((area.width - left).saturating_sub(AROUND));
        high = high.max(cluster::height(run, cells, ctx));
    }
    let high = u16::try_from(high).unwrap_or(u16::MAX);
    let most = area.height * 2 / 5;
    let [top, rest] = Layout::vertical([
        Constraint::Length(high.saturating_add(2).min(most)),
        Constraint::Fill(1),
    ])
    .areas(area);
    let [first, second] =
        Layout::horizontal([Constraint::Length(left), Constraint::Fill(1)]).areas(top);
    let inside = frame.draw(buf, first, ctx.theme);
    page::draw(buf, inside, ctx.theme, &text, &Scroll::default());
    if wide {
        cluster::draw(buf, second, run, ctx);
    }
    rest
}

fn top(run: &Run, wide: bool, cells: usize, focus: Option<&NodeRun>, ctx: &Ctx<'_>) -> Page {
    let mut text = Page::default();
    if wide {
        path::chain(&mut text, run, cells, ctx);
        path::waits(&mut text, run, cells, ctx);
    } else {
        path::line(&mut text, run, cells, focus, ctx);
    }
    cluster::trouble(&mut text, run, (!wide).then_some(cells), ctx);
    path::ending(&mut text, run, ctx);
    let said = mending::troubled(&run.cluster).next().is_some();
    if run.finished.is_none()
        && let Some(mending) = mending::meant(run, focus).filter(|_| !said)
        && (wide || matches!(mending, mending::Mending::Anew))
    {
        let before = vec![(format!("{} ", key(Command::Retry, ctx)), Role::Accent)];
        text.item(before, mending.does(), Role::Text);
    }
    if !wide {
        cluster::strip(&mut text, run, cells, ctx);
    }
    cluster::hosts(&mut text, run);
    text
}

/// Which nodes are abreast: the place of each that fits, from the first that is shown on.
pub(super) fn columns(area: Rect, nodes: usize, focus: usize) -> (usize, Vec<Rect>) {
    let abreast = usize::from(area.width / COLUMN).clamp(1, nodes.max(1));
    let first = (focus + 1).saturating_sub(abreast);
    let places = Layout::horizontal(vec![Constraint::Fill(1); abreast]).split(area);
    (first, places.to_vec())
}

/// Before the nodes are followed.
pub(super) fn draw_none(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
    let inside = Frame::titled(ctx.theme, "Bootstrap").draw(buf, area, ctx.theme);
    let mut page = Page::default();
    page.styled("The nodes are not followed yet", Role::Muted);
    page.item(
        vec![(format!("{} ", key(Command::Proceed, ctx)), Role::Accent)],
        "follows them until the cluster is healthy",
        Role::Text,
    );
    page::draw(buf, inside, ctx.theme, &page, &Scroll::default());
}

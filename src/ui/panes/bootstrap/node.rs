//! One node: its stages with their times, what failed, and its log below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::log::{Look, View};
use super::pace::Shown;
use crate::domain::bootstrap::Progress;
use crate::domain::topology::Role as NodeRole;
use crate::store::bootstrap::{Bootstrap, NodeRun, StageRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::gauge;
use crate::ui::widgets::page::{self, Page, Scroll};
use crate::ui::widgets::write::{put, put_right};

/// Cells that the name of a stage takes.
const LABEL: u16 = 19;
/// Cells for a time and a word about it.
const TIME: u16 = 13;
/// Rows that a log should have at least, where stages could be more tightly packed.
const LEAST_LOG: u16 = 6;
/// Stages that stand beside each other where there is little room.
const ABREAST: u16 = 3;

/// A node, and how it is looked at.
pub(super) struct Column<'a> {
    pub(super) bootstrap: &'a Bootstrap,
    pub(super) node: &'a NodeRun,
    pub(super) view: &'a View,
    pub(super) look: Look<'a>,
    /// Which of how many it is.
    pub(super) number: (usize, usize),
    pub(super) focused: bool,
}

impl Column<'_> {
    /// Draws it; returns where its log stands.
    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let done = self.node.stages.iter().filter(|stage| stage.is_done());
        let (number, of) = self.number;
        let aside = format!(
            "{} of {} · node {number}/{of}",
            done.count(),
            self.node.stages.len()
        );
        let frame = Frame {
            aside: vec![Span::styled(aside, ctx.theme.style(Role::Muted))],
            ..Frame::titled(ctx.theme, &*self.node.node.name).focused(self.focused)
        };
        let inside = frame.draw(buf, area, ctx.theme);
        let stages = u16::try_from(self.node.stages.len()).unwrap_or(u16::MAX);
        let roomy = inside.height >= stages.saturating_add(LEAST_LOG + 1);
        let left = if roomy {
            self.draw_list(buf, inside, ctx)
        } else {
            self.draw_grid(buf, inside, ctx)
        };
        let left = self.draw_problem(buf, left, ctx);
        self.view.draw(buf, left, self.node, self.look, ctx)
    }

    fn shown(&self, stage: &StageRun, ctx: &Ctx<'_>) -> Shown {
        let current = self.node.current();
        let held = current.is_some_and(|current| current.stage == stage.stage)
            && self.bootstrap.blocker(self.node).is_some();
        Shown::new(stage, held, ctx)
    }

    /// One stage a row, and below the one that waits what it waits for.
    fn draw_list(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let mut left = area;
        for stage in &self.node.stages {
            let shown = self.shown(stage, ctx);
            draw_stage(buf, first(left), stage, &shown, ctx);
            left = after(left, 1);
            if !shown.waits.is_empty() {
                self.draw_waits(buf, first(left), &shown, ctx);
                left = after(left, 1);
            }
        }
        left
    }

    fn draw_waits(&self, buf: &mut Buffer, line: Rect, shown: &Shown, ctx: &Ctx<'_>) {
        let text = match self.bootstrap.blocker(self.node) {
            Some((blocker, _)) => {
                format!("  waits for {}: {}", blocker.node.name, shown.waits)
            }
            None => format!("  waits for {}", shown.waits),
        };
        put(
            buf,
            line,
            line.x,
            line.y,
            &text,
            ctx.theme.style(Role::Muted),
        );
    }

    /// Several stages a row, and below them the one that the node is at.
    fn draw_grid(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let wide = area.width / ABREAST;
        let count = u16::try_from(self.node.stages.len()).unwrap_or(u16::MAX);
        let rows = count.div_ceil(ABREAST);
        for (stage, at) in self.node.stages.iter().zip(0_u16..) {
            let shown = self.shown(stage, ctx);
            let cell = Rect {
                x: area.x + at / rows.max(1) * wide,
                y: area.y + at % rows.max(1),
                width: wide.saturating_sub(1),
                height: 1,
            };
            let cell = cell.intersection(area);
            let end = put_right(buf, cell, cell.y, &shown.time, ctx.theme.style(Role::Muted));
            let gap = u16::from(!shown.time.is_empty());
            let name = Rect {
                width: end.saturating_sub(cell.x + gap),
                ..cell
            };
            draw_name(buf, name, stage, &shown, ctx);
        }
        let left = after(area, rows);
        let running = |stage: &&StageRun| matches!(stage.progress, Progress::Running { .. });
        let Some(current) = self.node.current().filter(running) else {
            return left;
        };
        let shown = self.shown(current, ctx);
        draw_stage(buf, first(left), current, &shown, ctx);
        let left = after(left, 1);
        if shown.waits.is_empty() {
            return left;
        }
        self.draw_waits(buf, first(left), &shown, ctx);
        after(left, 1)
    }

    /// What failed, in as much of the room as it needs: the log has what is left.
    fn draw_problem(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let mut text = Page::default();
        failures(&mut text, self.node);
        let high = text.height(usize::from(area.width));
        if text == Page::default() || area.height == 0 {
            return area;
        }
        let high = u16::try_from(high).unwrap_or(u16::MAX).min(area.height);
        let place = Rect {
            height: high,
            ..area
        };
        page::draw(buf, place, ctx.theme, &text, &Scroll::default());
        after(area, high)
    }
}

/// What failed of a node, in full.
pub(super) fn failures(page: &mut Page, node: &NodeRun) {
    for stage in &node.stages {
        if let Progress::Failed { problem: met } = &stage.progress {
            problem(page, met);
        }
    }
}

/// All that is known of a node, its log excepted.
pub(super) fn full(bootstrap: &Bootstrap, node: &NodeRun, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let role = match node.node.role {
        NodeRole::Ingress => "ingress node",
        NodeRole::Server => "server",
        NodeRole::Worker => "worker",
    };
    page.styled(format!("{} · {role}", node.node.name), Role::Title);
    page.blank();
    let current = node.current().map(|current| current.stage);
    for stage in &node.stages {
        let held = current == Some(stage.stage) && bootstrap.blocker(node).is_some();
        let shown = Shown::new(stage, held, ctx);
        let usual = stage.stage.expected_seconds();
        let label = stage.stage.label();
        let begun = stage.started.map(|at| ctx.moment.stamp(at));
        let said = match begun {
            Some(at) => format!(
                "{:>6}  usually {usual}s  since {at} {}",
                shown.time, shown.word
            ),
            None => format!("{:>6}  usually {usual}s", ""),
        };
        page.item(
            vec![
                signs::before(shown.sign),
                (format!("{label:19} "), Role::Text),
            ],
            said.trim_end(),
            Role::Muted,
        );
        if !shown.waits.is_empty() {
            page.item(
                vec![("  waits for ".to_owned(), Role::Muted)],
                shown.waits,
                Role::Text,
            );
        }
    }
    if node
        .stages
        .iter()
        .any(|stage| matches!(stage.progress, Progress::Failed { .. }))
    {
        page.blank();
        failures(&mut page, node);
    }
    page
}

/// A stage on a row: its sign and name, a bar against the usual time, its time.
pub(super) fn draw_stage(
    buf: &mut Buffer,
    line: Rect,
    stage: &StageRun,
    shown: &Shown,
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
    let x = put(
        buf,
        right,
        right.x,
        right.y,
        &shown.time,
        ctx.theme.style(Role::Muted),
    );
    put(
        buf,
        right,
        x + 1,
        right.y,
        shown.word,
        ctx.theme.style(shown.sign.1),
    );
}

fn draw_name(buf: &mut Buffer, line: Rect, stage: &StageRun, shown: &Shown, ctx: &Ctx<'_>) {
    let role = if stage.progress == Progress::Waiting {
        Role::Muted
    } else {
        Role::Text
    };
    put(
        buf,
        line,
        line.x,
        line.y,
        shown.sign.0,
        ctx.theme.style(shown.sign.1),
    );
    put(
        buf,
        line,
        line.x + 2,
        line.y,
        stage.stage.label(),
        ctx.theme.style(role),
    );
}

fn first(area: Rect) -> Rect {
    Rect {
        height: area.height.min(1),
        ..area
    }
}

fn after(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

//! One node in its column: its stages with their times, what is wrong, what is being done about it,
//! and its log below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::pace::Shown;
use super::stages::{after, draw_name, draw_stage, draw_waits, first};
use super::{mending, trouble};
use crate::domain::bootstrap::{Pace, Progress, Stage};
use crate::store::bootstrap::{Bootstrap, NodeRun, Sight, StageRun};
use crate::theme::Role;
use crate::ui::log::{Look, View};
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Scroll};
use crate::ui::widgets::write::{put, put_right};

/// Rows that a log should have at least, where stages could be more tightly packed.
const LEAST_LOG: u16 = 6;
/// Rows that are left to a log when something is wrong.
const LAST_LOG: u16 = 3;
/// Stages that stand beside each other where there is little room.
const ABREAST: u16 = 3;
/// Rows for what a stage waits for, where stages stand below each other.
const WAITS: u16 = 2;

/// A node, and how it is looked at.
pub(super) struct Column<'a> {
    pub(super) bootstrap: &'a Bootstrap,
    pub(super) node: &'a NodeRun,
    pub(super) view: &'a View,
    pub(super) look: Look<'a>,
    /// Which of how many it is, where not all can be seen.
    pub(super) number: Option<(usize, usize)>,
    pub(super) focused: bool,
}

impl Column<'_> {
    /// Draws it; returns where its log stands.
    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let inside = self.frame(ctx).draw(buf, area, ctx.theme);
        let stages = u16::try_from(self.node.stages.len()).unwrap_or(u16::MAX);
        let roomy = inside.height >= stages.saturating_add(LEAST_LOG + 1);
        let left = if roomy {
            self.draw_list(buf, inside, ctx)
        } else {
            self.draw_grid(buf, inside, ctx)
        };
        let left = self.draw_act(buf, left, ctx);
        let left = self.draw_trouble(buf, left, ctx);
        self.view.draw(buf, left, self.node, self.look, ctx)
    }

    fn frame(&self, ctx: &Ctx<'_>) -> Frame<'_> {
        let done = self.node.stages.iter().filter(|stage| stage.is_done());
        let mut aside = format!("{} of {}", done.count(), self.node.stages.len());
        if let Some((number, of)) = self.number {
            aside = format!("{aside} · node {number}/{of}");
        }
        let mut frame = Frame {
            aside: vec![Span::styled(aside, ctx.theme.style(Role::Muted))],
            ..Frame::titled(ctx.theme, &*self.node.node.name).focused(self.focused)
        };
        let mut notes = Vec::new();
        if self.node.reboots > 0 {
            notes.push(format!(" ↻ {}", self.node.reboots));
        }
        match self.node.sight() {
            Sight::NotYet | Sight::Ssh => {}
            // Every node is seen by its console first: that is worth a word once SSH should let us in.
            Sight::ConsoleOnly if !self.login_is_late(ctx) => {}
            Sight::ConsoleOnly => notes.push(" · console only".to_owned()),
            Sight::Lost { since } => {
                notes.push(format!(" · SSH lost {}", ctx.moment.since(since)));
            }
        }
        let warn = ctx.theme.style(Role::Warn);
        let spans = notes.into_iter().map(|note| Span::styled(note, warn));
        frame.title.extend(spans);
        frame
    }

    fn login_is_late(&self, ctx: &Ctx<'_>) -> bool {
        let usual = &self.bootstrap.usual;
        self.node.stage(Stage::Login).is_some_and(|login| {
            let seconds = login.seconds(ctx.moment.now()).unwrap_or(0);
            login.diagnosis.is_some() || usual.pace(Stage::Login, seconds) != Pace::Usual
        })
    }

    fn shown<'a>(&self, stage: &'a StageRun, ctx: &Ctx<'_>) -> Shown<'a> {
        let current = self.node.current();
        let held = current.is_some_and(|current| current.stage == stage.stage)
            && self.bootstrap.blocker(self.node).is_some();
        Shown::new(stage, held, &self.bootstrap.usual, ctx)
    }

    /// One stage a row, and below the one that waits what it waits for.
    fn draw_list(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let mut left = area;
        for stage in &self.node.stages {
            let shown = self.shown(stage, ctx);
            draw_stage(buf, first(left), stage, &shown, ctx);
            left = after(left, 1);
            if !shown.waits.is_empty() {
                let what = self.awaited(stage, shown.waits);
                left = draw_waits(buf, left, (&what, WAITS), ctx);
            }
        }
        left
    }

    /// What a stage waits for, with the node that must do it before.
    fn awaited(&self, stage: &StageRun, waits: &str) -> String {
        let is_current = self
            .node
            .current()
            .is_some_and(|current| current.stage == stage.stage);
        match self.bootstrap.blocker(self.node).filter(|_| is_current) {
            Some((blocker, _)) => format!("{}: {waits}", blocker.node.name),
            None => waits.to_owned(),
        }
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
        draw_waits(buf, left, (&self.awaited(current, shown.waits), 1), ctx)
    }

    /// What is being done about it, or came of it a moment ago.
    fn draw_act(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let Some((sign, text)) = mending::newest(self.bootstrap, self.node, ctx) else {
            return area;
        };
        let line = first(area);
        let style = ctx.theme.style(sign.1);
        put(buf, line, line.x, line.y, sign.0, style);
        put(buf, line, line.x + 2, line.y, &text, style);
        after(area, 1)
    }

    /// What is wrong, in as much of the room as it needs: the log has what is left.
    fn draw_trouble(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> Rect {
        let rows = area.height.saturating_sub(LAST_LOG);
        let room = (usize::from(area.width), usize::from(rows));
        let Some(text) = trouble::fitting(self.node, room, ctx) else {
            return area;
        };
        let high = u16::try_from(text.height(room.0)).unwrap_or(u16::MAX);
        let height = high.min(area.height);
        let place = Rect { height, ..area };
        page::draw(buf, place, ctx.theme, &text, &Scroll::default());
        after(area, height)
    }
}

//! What the pane remembers, where its parts stand, and what commands do.

use std::cell::Cell;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::board::Board;
use super::phase::Phase;
use super::steps::Steps;
use super::{beside, full, note, replace, stopped};
use crate::command::Command;
use crate::domain::journey::Stage;
use crate::domain::provision::Outcome;
use crate::domain::tree::{Branch, branches};
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::Store;
use crate::store::hunt::Hunt;
use crate::ui::pane::{Ctx, Pane};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page, Scroll};

/// From this width on the note stands beside the steps.
const BESIDE: u16 = 110;
/// What of the width the steps get where the note stands beside them, in percent.
const STEPS_SHARE: u16 = 58;
/// Rows that the steps keep above a long note, the line around them included.
const LEAST_STEPS: u16 = 7;
/// With fewer rows than this, the note leaves blank lines out.
const BRIEF: u16 = 28;
/// The width of what is copied.
const UNWRAPPED: usize = 1_000;

/// What has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Steps,
    Note,
    /// The full view of one step, instead of both.
    Page,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Provision {
    phase: Phase,
    /// When it came to this phase, or something was asked for in it: problems since then matter.
    since: Option<Timestamp>,
    rows: Vec<Branch>,
    /// The commands that the footer offers.
    hints: &'static [Command],
    cursor: usize,
    part: Part,
    note: Scroll,
    page: Scroll,
    /// Where the rows of the tree were drawn, and the first of them.
    drawn: Cell<(Rect, usize)>,
}

impl Provision {
    fn move_to(&mut self, row: usize) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
    }

    fn on_rows(&mut self, command: Command) {
        let high = usize::from(self.drawn.get().0.height).max(2) - 1;
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands move")]
        match command {
            Command::Up => self.move_to(self.cursor.saturating_sub(1)),
            Command::Down => self.move_to(self.cursor + 1),
            Command::PageUp => self.move_to(self.cursor.saturating_sub(high)),
            Command::PageDown => self.move_to(self.cursor + high),
            Command::Top => self.move_to(0),
            Command::Bottom => self.move_to(usize::MAX),
            Command::Open if !self.rows.is_empty() => {
                self.part = Part::Page;
                self.page.reset();
            }
            _ => {}
        }
    }

    fn selected(&self) -> Option<usize> {
        self.rows.get(self.cursor).map(|row| row.step)
    }

    /// All that is known of the selected step, for so many cells of width.
    fn full(&self, cells: usize, ctx: &Ctx<'_>) -> Page {
        let shown = Steps::of(ctx.store).zip(self.selected());
        shown.map_or_else(Page::default, |(steps, at)| {
            full::page(steps, at, cells, ctx)
        })
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let selected = Steps::of(ctx.store).zip(self.selected());
        let failure = selected.and_then(|(steps, at)| full::failure(steps, at));
        let (what, text) = match (self.part, whole, failure) {
            (Part::Note, _, _) => {
                let note = beside::page(self.phase, self.since, (UNWRAPPED, false), ctx);
                ("note", note.text())
            }
            (Part::Steps | Part::Page, true, _) => ("page", self.full(UNWRAPPED, ctx).text()),
            (Part::Steps | Part::Page, false, Some(failure)) => ("failure", failure),
            (Part::Steps | Part::Page, false, None) => {
                let step = selected.and_then(|(steps, at)| steps.step(at));
                ("name", step.map_or("", |step| &step.name).to_owned())
            }
        };
        if text.is_empty() {
            return Vec::new();
        }
        let what = what.to_owned();
        vec![Effect::Copy { what, text }]
    }

    /// Asks whether the step that is meant may be replaced; where several could be, goes to the first.
    fn replace(&mut self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let plan = ctx.store.plan.as_ref();
        let Some(plan) = plan.filter(|_| self.phase == Phase::Planned) else {
            return Vec::new();
        };
        let selected = self.selected().and_then(|at| plan.steps.get(at));
        if let Some(step) = replace::meant(plan, selected) {
            let asked = replace::question(plan, step, ctx.store);
            return vec![Effect::Confirm(Box::new(asked))];
        }
        let first = plan.unrestored().next();
        let is_first = |row: &Branch| {
            let step = plan.steps.get(row.step);
            step.zip(first)
                .is_some_and(|(step, first)| step.key == first.key)
        };
        if let Some(row) = self.rows.iter().position(is_first) {
            self.part = Part::Steps;
            self.move_to(row);
        }
        Vec::new()
    }

    /// How high the note may be below the steps.
    fn note_height(&self, area: Rect, note: &Page, pressing: bool) -> u16 {
        let high = note.height(usize::from(area.width.saturating_sub(4))) + 2;
        let high = u16::try_from(high).unwrap_or(u16::MAX);
        // The note may have what the steps do not need, and half of it in any case; while a host is
        // hunted or where something failed, all but what shows the steps that this is about.
        let steps = u16::try_from(self.rows.len() + 3).unwrap_or(u16::MAX);
        let kept = if pressing {
            steps.min(LEAST_STEPS)
        } else {
            steps
        };
        high.min(area.height.saturating_sub(kept).max(area.height / 2))
    }
}

impl Pane for Provision {
    fn exists(&self, store: &Store) -> bool {
        store.stage.is_some_and(|stage| stage >= Stage::Provision)
    }

    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest moves in what has the keys"
        )]
        match command {
            Command::Proceed | Command::Retry | Command::Stop => {
                self.since = Some(ctx.moment.now());
                return self.phase.begins(command, ctx.store);
            }
            Command::Replace => return self.replace(ctx),
            Command::Force => return stopped::force(ctx),
            Command::CopyName => return self.copy(false, ctx),
            Command::CopyText => return self.copy(true, ctx),
            Command::Back => self.part = Part::Steps,
            Command::NextPane | Command::PreviousPane | Command::Left | Command::Right => {
                self.part = match self.part {
                    Part::Steps => Part::Note,
                    Part::Note | Part::Page => Part::Steps,
                };
            }
            _ => match self.part {
                Part::Steps => self.on_rows(command),
                Part::Note => {
                    self.note.on(command);
                }
                Part::Page => {
                    self.page.on(command);
                }
            },
        }
        Vec::new()
    }

    fn prepare(&mut self, ctx: &Ctx<'_>) {
        let phase = Phase::of(ctx.store);
        if phase != self.phase {
            self.since = Some(note::since(phase, ctx));
        }
        let failed = phase == Phase::Ended(Outcome::Failed) && phase != self.phase;
        self.phase = phase;
        let steps = Steps::of(ctx.store);
        self.rows = steps.map(|steps| branches(steps.plan)).unwrap_or_default();
        self.hints = phase.hints(ctx.store);
        if failed && let Some(steps) = steps {
            let broken = |row: &Branch| steps.is_pressing(row.step);
            self.cursor = self.rows.iter().position(broken).unwrap_or(self.cursor);
        }
        self.move_to(self.cursor);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        if self.part == Part::Page {
            let inside = Frame::titled(ctx.theme, "Step")
                .focused(true)
                .draw(buf, area, ctx.theme);
            let page = self.full(usize::from(inside.width), ctx);
            page::draw(buf, inside, ctx.theme, &page, &self.page);
            return;
        }
        let beside = area.width >= BESIDE;
        let wide = if beside {
            area.width - area.width * STEPS_SHARE / 100
        } else {
            area.width
        };
        let cells = usize::from(wide.saturating_sub(4));
        let brief = area.height < BRIEF;
        let note = beside::page(self.phase, self.since, (cells, brief), ctx);
        let hunt = Steps::of(ctx.store).and_then(Steps::hunt);
        let hunting = hunt.is_some_and(Hunt::is_on);
        let failed = self.phase == Phase::Ended(Outcome::Failed);
        let [left, right] = if beside {
            let share = [Constraint::Fill(1), Constraint::Length(wide)];
            Layout::horizontal(share).areas(area)
        } else {
            let high = self.note_height(area, &note, hunting || failed);
            Layout::vertical([Constraint::Fill(1), Constraint::Length(high)]).areas(area)
        };
        let board = Board {
            phase: self.phase,
            rows: &self.rows,
            cursor: self.cursor,
            focused: self.part == Part::Steps,
        };
        self.drawn.set(board.draw(buf, left, ctx));
        let title = if hunting { "Capacity" } else { "What now" };
        let inside = Frame::titled(ctx.theme, title)
            .focused(self.part == Part::Note)
            .draw(buf, right, ctx.theme);
        page::draw(buf, inside, ctx.theme, &note, &self.note);
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Journey, Context::Global]
    }

    fn hints(&self) -> &'static [Command] {
        if self.part == Part::Page {
            return &[Command::Back, Command::Down, Command::CopyText];
        }
        self.hints
    }

    fn is_open(&self) -> bool {
        self.part != Part::Steps
    }

    fn click(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect> {
        let (rows, first) = self.drawn.get();
        if self.part == Part::Page {
            return Vec::new();
        }
        if !rows.contains(at) {
            self.part = Part::Note;
            return Vec::new();
        }
        let row = first + usize::from(at.y - rows.y);
        let same = row == self.cursor && self.part == Part::Steps;
        self.part = Part::Steps;
        if same {
            return self.on(Command::Open, ctx);
        }
        self.move_to(row);
        Vec::new()
    }

    fn wheel(&mut self, at: Position, rows: isize, _ctx: &Ctx<'_>) {
        match self.part {
            Part::Page => self.page.by(rows),
            Part::Steps | Part::Note if self.drawn.get().0.contains(at) => {
                self.move_to(self.cursor.saturating_add_signed(rows.signum()));
            }
            Part::Steps | Part::Note => self.note.by(rows),
        }
    }
}

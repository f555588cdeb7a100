//! What the pane remembers, where its parts stand, and what commands do.

use std::cell::Cell;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Span;

use super::note;
use super::phase::Phase;
use super::rows::Steps;
use super::tree::{Branch, branches, name};
use crate::command::Command;
use crate::domain::journey::Stage;
use crate::domain::plan::Action;
use crate::domain::provision::Outcome;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::Store;
use crate::store::run::Progress;
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::{Ctx, Pane};
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::gauge;
use crate::ui::widgets::page::{self, Page, Scroll};
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, width};

/// From this width on the note stands beside the steps.
const BESIDE: u16 = 110;

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
    cursor: usize,
    part: Part,
    note: Scroll,
    page: Scroll,
    /// Where the rows of the tree were drawn, and the first of them.
    drawn: Cell<(Rect, usize)>,
}

fn steps<'a>(ctx: &Ctx<'a>) -> Option<Steps<'a>> {
    Some(Steps {
        plan: Phase::plan(ctx.store)?,
        run: ctx.store.run.as_ref(),
    })
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

    /// All that is known of the selected step.
    fn full(&self, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        let (Some(steps), Some(at)) = (steps(ctx), self.selected()) else {
            return page;
        };
        let (Some((step, far)), Some(said)) = (steps.get(at), steps.said(at, ctx)) else {
            return page;
        };
        page.item(
            vec![signs::before(said.sign)],
            step.name.as_str(),
            Role::Title,
        );
        page.blank();
        page.field("Kind", step.kind.to_string());
        page.field("Key", step.key.to_string());
        page.field("Is", step.summary.as_str());
        if far.is_none_or(|far| far.progress != Progress::Finished) {
            page.field("State", said.text);
        }
        page.field("Took", steps.elapsed(at, ctx).unwrap_or_default());
        let ocid = far.and_then(|far| far.ocid.as_ref()).or(step.id.as_ref());
        page.field("OCID", ocid.cloned().unwrap_or_default());
        let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
        page.field("Needs", needs.join(", "));
        if let Some(Progress::Failed(met)) = far.map(|far| &far.progress) {
            page.blank();
            problem(&mut page, met);
        }
        page
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let (what, text) = match (self.part, whole) {
            (Part::Note, _) => ("note", note::page(self.phase, self.since, ctx).text()),
            (Part::Steps | Part::Page, true) => ("page", self.full(ctx).text()),
            (Part::Steps | Part::Page, false) => {
                let step = self.selected().and_then(|at| steps(ctx)?.get(at));
                ("name", step.map_or("", |(step, _)| &step.name).to_owned())
            }
        };
        if text.is_empty() {
            return Vec::new();
        }
        let what = what.to_owned();
        vec![Effect::Copy { what, text }]
    }

    fn draw_steps(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let frame = Frame {
            aside: aside(self.phase, ctx),
            ..Frame::titled(ctx.theme, title(self.phase)).focused(self.part == Part::Steps)
        };
        let inside = frame.draw(buf, area, ctx.theme);
        let Some(steps) = steps(ctx) else {
            let text = "◌ no plan yet";
            put(
                buf,
                inside,
                inside.x,
                inside.y,
                text,
                ctx.theme.style(Role::Muted),
            );
            return;
        };
        let mut rows = inside;
        if steps.run.is_some() {
            draw_bar(buf, inside, steps, ctx);
            rows = below(inside, 1);
        }
        let names = |row: &Branch| {
            let named = steps.get(row.step).map_or(0, |(step, _)| width(name(step)));
            width(&row.guide) + named
        };
        let most = usize::from(inside.width) / 2;
        let names = self.rows.iter().map(names).max().unwrap_or(0).min(most);
        let rows = self.draw_pinned(buf, rows, (steps, names), ctx);
        let first = first_shown(self.cursor, rows);
        for ((line, row), at) in rows.rows().zip(self.rows.iter().skip(first)).zip(first..) {
            let selected = at == self.cursor && self.part == Part::Steps;
            steps.draw(buf, line, (row, names), selected, ctx);
        }
        let thumb = Rect {
            width: rows.width + 2,
            ..rows
        };
        scrollbar::draw(buf, thumb, ctx.theme, first, self.rows.len());
        self.drawn.set((rows, first));
    }

    /// What is under way stands above all rows where it would be out of sight; returns what is left.
    fn draw_pinned(
        &self,
        buf: &mut Buffer,
        area: Rect,
        (steps, names): (Steps<'_>, usize),
        ctx: &Ctx<'_>,
    ) -> Rect {
        let most = usize::from(area.height / 2);
        let pressing = || {
            let rows = self.rows.iter().enumerate();
            rows.filter(|(_, row)| steps.is_pressing(row.step))
        };
        let shown = first_shown(self.cursor, area);
        let seen = shown..shown + usize::from(area.height);
        if pressing().all(|(at, _)| seen.contains(&at)) {
            return area;
        }
        let mut count = 0;
        for (line, (_, row)) in area.rows().zip(pressing().take(most)) {
            let flat = Branch {
                step: row.step,
                guide: String::new(),
            };
            steps.draw(buf, line, (&flat, names), false, ctx);
            count += 1;
        }
        let rule = "┄".repeat(usize::from(area.width));
        put(
            buf,
            area,
            area.x,
            area.y + count,
            &rule,
            ctx.theme.style(Role::Border),
        );
        below(area, count + 1)
    }
}

/// The first row to show so that the one at `cursor` is seen.
fn first_shown(cursor: usize, rows: Rect) -> usize {
    (cursor + 1).saturating_sub(usize::from(rows.height).max(1))
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

fn title(phase: Phase) -> &'static str {
    match phase {
        Phase::Unplanned | Phase::Planned | Phase::Beyond => "Plan",
        Phase::Running | Phase::Ended(_) => "Provision",
    }
}

fn aside(phase: Phase, ctx: &Ctx<'_>) -> Vec<Span<'static>> {
    let text = match (&ctx.store.run, Phase::plan(ctx.store)) {
        (Some(run), _) => {
            let took = match run.ended {
                Some(ended) => lasted(ended.duration_since(run.started)),
                None => ctx.moment.running(run.started),
            };
            let word = match phase {
                Phase::Ended(outcome) => format!("{outcome} · "),
                Phase::Unplanned | Phase::Planned | Phase::Beyond | Phase::Running => String::new(),
            };
            format!("{word}{} of {} · {took}", run.finished(), run.steps.len())
        }
        (None, Some(plan)) => {
            let create = plan
                .steps
                .iter()
                .filter(|step| step.action == Action::Create);
            format!("{} to make of {}", create.count(), plan.steps.len())
        }
        (None, None) => return Vec::new(),
    };
    vec![Span::styled(text, ctx.theme.style(Role::Muted))]
}

fn draw_bar(buf: &mut Buffer, area: Rect, steps: Steps<'_>, ctx: &Ctx<'_>) {
    let finished = steps.run.map_or(0, crate::store::run::Run::finished);
    let percent = (finished * 100).checked_div(steps.plan.steps.len());
    let percent = percent.and_then(|percent| u8::try_from(percent).ok());
    let cells = usize::from(area.width);
    let spans = gauge::bar(ctx.theme, percent.unwrap_or(100), cells, Role::Fill);
    buf.set_line(area.x, area.y, &spans.into(), area.width);
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
            self.since = Some(ctx.moment.now());
        }
        let failed = phase == Phase::Ended(Outcome::Failed) && phase != self.phase;
        self.phase = phase;
        self.rows = Phase::plan(ctx.store).map(branches).unwrap_or_default();
        if failed && let Some(steps) = steps(ctx) {
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
            page::draw(buf, inside, ctx.theme, &self.full(ctx), &self.page);
            return;
        }
        let note = note::page(self.phase, self.since, ctx);
        let [rows, beside] = if area.width >= BESIDE {
            Layout::horizontal([Constraint::Percentage(58), Constraint::Fill(1)]).areas(area)
        } else {
            let high = note.height(usize::from(area.width.saturating_sub(4))) + 2;
            let high = u16::try_from(high).unwrap_or(u16::MAX);
            // The steps may have what the note does not need, and the note half of it in any case.
            let steps = u16::try_from(self.rows.len() + 3).unwrap_or(u16::MAX);
            let most = area.height.saturating_sub(steps).max(area.height / 2);
            Layout::vertical([Constraint::Fill(1), Constraint::Length(high.min(most))]).areas(area)
        };
        self.draw_steps(buf, rows, ctx);
        let inside = Frame::titled(ctx.theme, "What now")
            .focused(self.part == Part::Note)
            .draw(buf, beside, ctx.theme);
        page::draw(buf, inside, ctx.theme, &note, &self.note);
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Journey, Context::Global]
    }

    fn hints(&self) -> &'static [Command] {
        if self.part == Part::Page {
            return &[Command::Back, Command::Down, Command::CopyText];
        }
        self.phase.hints()
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

//! The steps as they are drawn: how many are done, what is under way, and the tree with its thumb.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::phase::Phase;
use super::steps::{Deed, Steps};
use super::{note, rows};
use crate::domain::tree::{Branch, name};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::gauge;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, width};

/// What is drawn.
pub(super) struct Board<'a> {
    pub(super) phase: Phase,
    pub(super) rows: &'a [Branch],
    pub(super) cursor: usize,
    pub(super) focused: bool,
}

impl Board<'_> {
    /// Draws it; returns where the rows of the tree are, and the first of them.
    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) -> (Rect, usize) {
        let shown = Steps::of(ctx.store);
        let frame = Frame {
            aside: self.aside(shown, ctx),
            ..Frame::titled(ctx.theme, self.title(shown)).focused(self.focused)
        };
        let inside = frame.draw(buf, area, ctx.theme);
        let Some(steps) = shown else {
            let (text, role) = match &ctx.store.planning {
                Some(now) => (format!("{} {now}", signs::BUSY.0), Role::Text),
                None => ("◌ no plan yet".to_owned(), Role::Muted),
            };
            let style = ctx.theme.style(role);
            put(buf, inside, inside.x, inside.y, &text, style);
            return (inside, 0);
        };
        let mut rows = inside;
        if steps.run.is_some() {
            self.draw_bar(buf, inside, steps, ctx);
            rows = below(inside, 1);
        }
        let names = |row: &Branch| {
            let named = steps.step(row.step).map_or(0, |step| width(name(step)));
            width(&row.guide) + named
        };
        let most = usize::from(inside.width) / 2;
        let names = self.rows.iter().map(names).max().unwrap_or(0).min(most);
        let rows = self.draw_pinned(buf, rows, (steps, names), ctx);
        let first = first_shown(self.cursor, rows);
        for ((line, row), at) in rows.rows().zip(self.rows.iter().skip(first)).zip(first..) {
            let selected = at == self.cursor && self.focused;
            rows::draw(buf, line, (steps, row, names), selected, ctx);
        }
        let thumb = Rect {
            width: rows.width + 2,
            ..rows
        };
        scrollbar::draw(buf, thumb, ctx.theme, first, self.rows.len());
        (rows, first)
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
            rows::draw(buf, line, (steps, &flat, names), false, ctx);
            count += 1;
        }
        let rule = "┄".repeat(usize::from(area.width));
        let style = ctx.theme.style(Role::Border);
        put(buf, area, area.x, area.y + count, &rule, style);
        below(area, count + 1)
    }

    fn title(&self, steps: Option<Steps<'_>>) -> &'static str {
        match self.phase {
            _ if steps.is_some_and(Steps::destroys) => "Destroy",
            Phase::Unplanned | Phase::Planned | Phase::Beyond => "Plan",
            Phase::Running | Phase::Ended(_) => "Provision",
        }
    }

    fn aside(&self, steps: Option<Steps<'_>>, ctx: &Ctx<'_>) -> Vec<Span<'static>> {
        let Some(steps) = steps else {
            return Vec::new();
        };
        let text = match steps.run {
            Some(run) => {
                let (finished, all) = steps.counted(self.rows);
                let took = match run.ended {
                    Some(ended) => lasted(ended.duration_since(run.started)),
                    None => ctx.moment.running(run.started),
                };
                let left = run.time_left(ctx.moment.now());
                let left = left.map_or_else(String::new, |left| {
                    format!(" · {} left", note::about(&left))
                });
                let word = run
                    .outcome
                    .map_or_else(String::new, |(outcome, _)| format!("{outcome} · "));
                format!("{word}{finished} of {all} · {took}{left}")
            }
            None => self.planned(steps),
        };
        vec![Span::styled(text, ctx.theme.style(Role::Muted))]
    }

    /// How many things there is something to do about.
    fn planned(&self, steps: Steps<'_>) -> String {
        let count = |wanted: Deed| {
            let deeds = self.rows.iter().filter_map(|row| steps.deed(row.step));
            deeds.filter(|deed| *deed == wanted).count()
        };
        let counts = [
            (Deed::Make, "to make"),
            (Deed::TakeOver, "to take over"),
            (Deed::Restore, "to change"),
            (Deed::Replace, "to replace"),
            (Deed::Remove, "to remove"),
            (Deed::Leave, "left as it is"),
        ];
        let counts = counts.map(|(deed, word)| (count(deed), word));
        let words: Vec<String> = (counts.iter())
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        match words.as_slice() {
            [] => format!("nothing to do of {}", self.rows.len()),
            words => format!("{} of {}", words.join(", "), self.rows.len()),
        }
    }

    fn draw_bar(&self, buf: &mut Buffer, area: Rect, steps: Steps<'_>, ctx: &Ctx<'_>) {
        let (finished, all) = steps.counted(self.rows);
        let percent = (finished * 100).checked_div(all);
        let percent = percent.and_then(|percent| u8::try_from(percent).ok());
        let cells = usize::from(area.width);
        let spans = gauge::bar(ctx.theme, percent.unwrap_or(100), cells, Role::Fill);
        buf.set_line(area.x, area.y, &spans.into(), area.width);
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

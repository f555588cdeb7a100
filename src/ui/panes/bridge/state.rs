//! What the bridge remembers, where its parts stand, and what commands do.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::recent::Recent;
use super::section::{Focus, Section};
use super::{attention, certs, feeds, nodes, waves};
use crate::command::Command;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::health::{Unhealthy, unhealthy};
use crate::ui::pane::{Ctx, Pane};

/// Parts that can have the keys, in the order in which Tab goes round.
const PARTS: usize = 4;

/// From this width on the parts stand in two columns.
const TWO_COLUMNS: u16 = 100;

/// The bridge.
#[derive(Debug, Default)]
pub struct Bridge {
    unhealthy: Vec<Unhealthy>,
    recent: Recent,
    part: usize,
    cursors: [usize; PARTS],
    drawn: Cell<[Rect; PARTS]>,
    firsts: Cell<[usize; PARTS]>,
    /// Whether the parts stood in one column.
    tight: Cell<bool>,
}

impl Bridge {
    fn section(&self, part: usize, ctx: &Ctx<'_>, cells: usize, tight: bool) -> Section {
        match part {
            0 => attention::section(&self.unhealthy, ctx, cells),
            1 => waves::section(ctx, cells, tight),
            2 => nodes::section(ctx, cells),
            _ => certs::section(ctx, cells),
        }
    }

    fn cursor(&self) -> usize {
        self.cursors.get(self.part).copied().unwrap_or(0)
    }

    /// The part that has the keys, as it was drawn last.
    fn focused(&self, ctx: &Ctx<'_>) -> Section {
        let area = self.drawn.get().get(self.part).copied().unwrap_or_default();
        self.section(self.part, ctx, inner_width(area), self.tight.get())
    }

    fn move_to(&mut self, row: usize, ctx: &Ctx<'_>) {
        let last = self.focused(ctx).rows.len().saturating_sub(1);
        if let Some(cursor) = self.cursors.get_mut(self.part) {
            *cursor = row.min(last);
        }
    }

    fn open(&self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let rows = self.focused(ctx).rows;
        let target = rows
            .into_iter()
            .nth(self.cursor())
            .and_then(|row| row.target);
        target
            .map(|(place, id)| Effect::Show { place, id })
            .into_iter()
            .collect()
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let rows = self.focused(ctx).rows;
        let Some(row) = rows.into_iter().nth(self.cursor()) else {
            return Vec::new();
        };
        let (what, text) = match row.target {
            Some((_, id)) if !whole => ("name", id.name.to_string()),
            _ => {
                let lines: Vec<String> = row.lines.iter().map(ToString::to_string).collect();
                ("row", lines.join("\n"))
            }
        };
        vec![Effect::Copy {
            what: what.to_owned(),
            text,
        }]
    }

    /// Where the four parts, the feeds and the newest events stand.
    fn layout(&self, area: Rect, ctx: &Ctx<'_>) -> ([Rect; PARTS], Rect, Rect) {
        let tight = area.width < TWO_COLUMNS;
        let lines = |part, cells: u16| {
            let height = self.section(part, ctx, usize::from(cells), tight).height() + 2;
            u16::try_from(height).unwrap_or(u16::MAX)
        };
        let feeds = |cells: u16| {
            let height = feeds::section(ctx, usize::from(cells), tight).height() + 2;
            u16::try_from(height).unwrap_or(u16::MAX)
        };
        let third = area.height / 3;
        if tight {
            let wide = area.width.saturating_sub(4);
            let [attention, applications, both, sources, recent] = Layout::vertical([
                Constraint::Fill(3),
                Constraint::Length(lines(1, wide).clamp(3, third / 2 + 1)),
                Constraint::Length(
                    lines(2, wide / 2)
                        .max(lines(3, wide / 2))
                        .clamp(3, third.max(5)),
                ),
                Constraint::Length(feeds(wide).clamp(3, third / 2 + 1)),
                Constraint::Fill(u16::from(area.height > 30)),
            ])
            .areas(area);
            let [nodes, certificates] = Layout::horizontal([Constraint::Fill(1); 2]).areas(both);
            return (
                [attention, applications, nodes, certificates],
                sources,
                recent,
            );
        }
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(54), Constraint::Fill(1)]).areas(area);
        let [attention, applications] = Layout::vertical([
            Constraint::Min(6),
            Constraint::Length(lines(1, left.width).clamp(3, third.max(5))),
        ])
        .areas(left);
        let wide = right.width.saturating_sub(4);
        let [nodes, certificates, recent, sources] = Layout::vertical([
            Constraint::Length(lines(2, wide).clamp(3, third.max(5))),
            Constraint::Length(lines(3, wide).clamp(3, third.max(5))),
            Constraint::Fill(1),
            Constraint::Length(feeds(wide).clamp(3, third.max(5))),
        ])
        .areas(right);
        (
            [attention, applications, nodes, certificates],
            sources,
            recent,
        )
    }

    fn part_at(&self, at: Position) -> Option<usize> {
        self.drawn.get().iter().position(|area| area.contains(at))
    }
}

fn inner_width(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(4))
}

impl Pane for Bridge {
    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        let cursor = self.cursor();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the bridge answers to its own commands"
        )]
        match command {
            Command::Up => self.move_to(cursor.saturating_sub(1), ctx),
            Command::Down => self.move_to(cursor + 1, ctx),
            Command::PageUp => self.move_to(cursor.saturating_sub(5), ctx),
            Command::PageDown => self.move_to(cursor + 5, ctx),
            Command::Top => self.move_to(0, ctx),
            Command::Bottom => self.move_to(usize::MAX, ctx),
            Command::NextPane | Command::Right => self.part = (self.part + 1) % PARTS,
            Command::PreviousPane | Command::Left => self.part = (self.part + PARTS - 1) % PARTS,
            Command::Open => return self.open(ctx),
            Command::CopyName => return self.copy(false, ctx),
            Command::CopyText => return self.copy(true, ctx),
            _ => {}
        }
        Vec::new()
    }

    fn prepare(&mut self, ctx: &Ctx<'_>) {
        self.unhealthy = unhealthy(ctx.store, ctx.moment.now());
        self.recent.refresh(ctx);
        let quiet = ctx.moment.unobserved();
        let quiet = Ctx {
            moment: &quiet,
            ..*ctx
        };
        self.move_to(self.cursor(), &quiet);
    }

    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let (parts, sources, recent) = self.layout(area, ctx);
        let tight = area.width < TWO_COLUMNS;
        let mut firsts = [0; PARTS];
        for (part, (place, first)) in parts.iter().zip(&mut firsts).enumerate() {
            let focus = Focus {
                focused: part == self.part,
                cursor: self.cursors.get(part).copied().unwrap_or(0),
            };
            let section = self.section(part, ctx, inner_width(*place), tight);
            *first = section.draw(buf, *place, ctx.theme, focus);
        }
        let unfocused = Focus {
            focused: false,
            cursor: 0,
        };
        feeds::section(ctx, inner_width(sources), tight).draw(buf, sources, ctx.theme, unfocused);
        if recent.height > 2 {
            let section = self.recent.section(ctx, inner_width(recent));
            section.draw(buf, recent, ctx.theme, unfocused);
        }
        self.tight.set(tight);
        self.drawn.set(parts);
        self.firsts.set(firsts);
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::List, Context::Global]
    }

    fn hints(&self) -> &'static [Command] {
        &[
            Command::Open,
            Command::NextPane,
            Command::CopyName,
            Command::NextTab,
        ]
    }

    fn is_open(&self) -> bool {
        false
    }

    fn click(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(part) = self.part_at(at) else {
            return Vec::new();
        };
        let same_part = part == self.part;
        self.part = part;
        let area = self.drawn.get().get(part).copied().unwrap_or_default();
        let first = self.firsts.get().get(part).copied().unwrap_or(0);
        let mut line = usize::from(at.y.saturating_sub(area.y + 1));
        if at.y <= area.y {
            return Vec::new();
        }
        let rows = self.focused(ctx).rows;
        for (row, lines) in rows
            .iter()
            .map(|row| row.lines.len())
            .enumerate()
            .skip(first)
        {
            if line < lines {
                if same_part && row == self.cursor() {
                    return self.open(ctx);
                }
                self.move_to(row, ctx);
                break;
            }
            line -= lines;
        }
        Vec::new()
    }

    fn wheel(&mut self, at: Position, rows: isize, ctx: &Ctx<'_>) {
        if let Some(part) = self.part_at(at) {
            self.part = part;
            self.move_to(self.cursor().saturating_add_signed(rows.signum()), ctx);
        }
    }
}

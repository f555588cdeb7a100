//! Where one is in a node's log: followed or held, filtered, at a place that was searched for.
//!
//! Only lines that are shown are formatted; what filter and search let through is found once a line.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::lines::{self, rows};
use super::matches::{Matches, entry, find, oldest};
use crate::command::Command;
use crate::store::bootstrap::{LogEntry, NodeRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::put;

/// How all logs are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Look<'a> {
    /// Only lines that hold this, whatever its case; all where it is empty.
    pub(in super::super) wanted: &'a str,
    /// What is searched for in them.
    pub(in super::super) sought: &'a str,
    /// Whether long lines are wrapped.
    pub(in super::super) wrapped: bool,
    /// Whether the time stands before each line.
    pub(in super::super) timed: bool,
}

/// Where things were drawn, in places among the lines that the filter lets through.
#[derive(Clone, Copy, Debug, Default)]
struct Drawn {
    first: usize,
    /// The last line of which something is shown.
    last: usize,
    /// The first line when the end is shown.
    furthest: usize,
    height: usize,
}

/// Where one is in a node's log.
#[derive(Debug, Default)]
pub(in super::super) struct View {
    /// The number of the first line shown; nothing where the end is followed.
    anchor: Option<u64>,
    filter: Matches,
    search: Matches,
    /// The line that the search stands on.
    found: Option<u64>,
    drawn: Cell<Drawn>,
}

impl View {
    /// Looks at what is new, or at everything where something else is wanted; whether something
    /// else is searched for than before.
    pub(in super::super) fn update(&mut self, node: &NodeRun, look: Look<'_>) -> bool {
        if self.filter.update(node, look.wanted, |_| true) {
            self.search.forget();
        }
        let passes =
            |entry: &LogEntry| look.wanted.is_empty() || find(&entry.text, look.wanted).is_some();
        let sought = self.search.update(node, look.sought, passes);
        let is_gone = |number: u64| self.search.rank(number).is_none();
        if sought || self.found.is_some_and(is_gone) {
            self.found = None;
        }
        sought
    }

    /// How many lines the filter lets through.
    pub(in super::super) fn count(&self, node: &NodeRun) -> usize {
        if self.filter.wanted().is_empty() {
            node.log.len()
        } else {
            self.filter.len()
        }
    }

    fn number(&self, node: &NodeRun, place: usize) -> Option<u64> {
        if self.filter.wanted().is_empty() {
            return Some(oldest(node) + u64::try_from(place).ok()?);
        }
        self.filter.get(place)
    }

    fn place(&self, node: &NodeRun, number: u64) -> usize {
        if self.filter.wanted().is_empty() {
            let place = number.saturating_sub(oldest(node));
            return usize::try_from(place).unwrap_or(usize::MAX);
        }
        self.filter.before(number)
    }

    /// The line at a place, as it is kept.
    pub(in super::super) fn line<'a>(
        &self,
        node: &'a NodeRun,
        place: usize,
    ) -> Option<&'a LogEntry> {
        entry(node, self.number(node, place)?)
    }

    pub(super) fn is_following(&self) -> bool {
        self.anchor.is_none()
    }

    fn go(&mut self, node: &NodeRun, place: usize) {
        let furthest = self.drawn.get().furthest;
        self.anchor = if place >= furthest {
            None
        } else {
            self.number(node, place)
        };
    }

    /// Moves by lines, down where positive.
    pub(in super::super) fn by(&mut self, node: &NodeRun, lines: isize) {
        self.go(node, self.drawn.get().first.saturating_add_signed(lines));
    }

    /// Follows the end, or stays where it is.
    pub(in super::super) fn follow(&mut self, node: &NodeRun) {
        self.anchor = match self.anchor {
            Some(_) => None,
            None => self.number(node, self.drawn.get().first),
        };
    }

    /// Stands on the first line found from the first one shown on.
    pub(in super::super) fn seek(&mut self, node: &NodeRun) {
        let first = self.number(node, self.drawn.get().first).unwrap_or(0);
        let next = self.search.after(self.found.unwrap_or(first), true);
        self.stand(node, next);
    }

    /// Goes to the next line found, or to the one before; after the last comes the first again.
    pub(in super::super) fn seek_on(&mut self, node: &NodeRun, forward: bool) {
        let Some(found) = self.found else {
            return self.seek(node);
        };
        let next = if forward {
            self.search.after(found, false)
        } else {
            self.search.previous(found)
        };
        self.stand(node, next);
    }

    /// Stands on a line, and scrolls only where it would be out of sight.
    fn stand(&mut self, node: &NodeRun, number: Option<u64>) {
        self.found = number;
        let Some(number) = number else { return };
        let drawn = self.drawn.get();
        let place = self.place(node, number);
        let first = if (drawn.first..drawn.last).contains(&place) {
            drawn.first
        } else {
            place.saturating_sub(drawn.height / 3).min(drawn.furthest)
        };
        self.anchor = self.number(node, first);
    }

    /// Does what a scrolling command asks.
    pub(in super::super) fn on(&mut self, command: Command, node: &NodeRun) {
        let page = isize::try_from(self.drawn.get().height.saturating_sub(1).max(1)).unwrap_or(1);
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands scroll")]
        match command {
            Command::Up => self.by(node, -1),
            Command::Down => self.by(node, 1),
            Command::PageUp => self.by(node, -page),
            Command::PageDown => self.by(node, page),
            Command::Top => self.go(node, 0),
            Command::Bottom => self.anchor = None,
            Command::SearchNext => self.seek_on(node, true),
            Command::SearchPrevious => self.seek_on(node, false),
            _ => {}
        }
    }

    /// Draws a line about the log and as much of it as there is room for; returns where it stands.
    pub(in super::super) fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        node: &NodeRun,
        look: Look<'_>,
        ctx: &Ctx<'_>,
    ) -> Rect {
        let [head, place] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        self.draw_head(buf, head, node, ctx);
        let layout = lines::Layout {
            marked: if look.sought.is_empty() {
                look.wanted
            } else {
                look.sought
            },
            wrapped: look.wrapped,
            timed: look.timed,
            cells: usize::from(place.width),
        };
        let formatted = |at: usize| -> Vec<Line<'static>> {
            let Some(number) = self.number(node, at) else {
                return Vec::new();
            };
            let found = self.found == Some(number);
            entry(node, number)
                .map(|entry| rows(entry, layout, found, ctx))
                .unwrap_or_default()
        };
        let total = self.count(node);
        let (shown, drawn) = self.window(node, usize::from(place.height), formatted);
        for (line, text) in place.rows().zip(shown) {
            buf.set_line(line.x, line.y, &text, line.width);
        }
        self.drawn.set(drawn);
        let thumb = Rect {
            width: place.width + 2,
            ..place
        };
        scrollbar::draw(buf, thumb, ctx.theme, drawn.first, total);
        place
    }

    /// The rows that are on the screen, and which lines they are.
    fn window(
        &self,
        node: &NodeRun,
        height: usize,
        formatted: impl Fn(usize) -> Vec<Line<'static>>,
    ) -> (Vec<Line<'static>>, Drawn) {
        let total = self.count(node);
        let mut end = Vec::new();
        let mut furthest = total;
        while furthest > 0 && end.len() < height {
            furthest -= 1;
            let mut before = formatted(furthest);
            before.append(&mut end);
            end = before;
        }
        let anchored = self
            .anchor
            .map(|number| self.place(node, number))
            .filter(|place| *place < furthest);
        let Some(first) = anchored else {
            let shown = end.split_off(end.len().saturating_sub(height));
            let drawn = Drawn {
                first: furthest,
                last: total,
                furthest,
                height,
            };
            return (shown, drawn);
        };
        let mut shown = Vec::new();
        let mut last = first;
        while last < total && shown.len() < height {
            shown.extend(formatted(last));
            last += 1;
        }
        let drawn = Drawn {
            first,
            last,
            furthest,
            height,
        };
        (shown, drawn)
    }

    fn draw_head(&self, buf: &mut Buffer, head: Rect, node: &NodeRun, ctx: &Ctx<'_>) {
        let rule = "─".repeat(usize::from(head.width));
        let border = ctx.theme.style(Role::Border);
        put(buf, head, head.x, head.y, &rule, border);
        let text = self.spoken(node);
        let muted = ctx.theme.style(Role::Muted);
        put(buf, head, head.x + 1, head.y, &text, muted);
    }

    /// What the line above the log says.
    pub(super) fn spoken(&self, node: &NodeRun) -> String {
        let following = if self.is_following() {
            "following"
        } else {
            "held"
        };
        let mut text = format!(" log · {following} · ");
        let sought = self.search.wanted();
        if !sought.is_empty() {
            let of = self.search.len();
            let rank = self.found.and_then(|number| self.search.rank(number));
            let said = match rank {
                Some(rank) => format!("/{sought} {} of {of} · ", rank + 1),
                None if of == 0 => format!("/{sought} not found · "),
                None => format!("/{sought} {of} found · "),
            };
            text.push_str(&said);
        }
        let wanted = self.filter.wanted();
        let count = if wanted.is_empty() {
            format!("{} lines ", node.read)
        } else {
            format!(
                "&{wanted} {} of {} lines ",
                self.filter.len(),
                node.log.len()
            )
        };
        text.push_str(&count);
        text
    }
}

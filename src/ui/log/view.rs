//! Where one is in a log: followed or held, filtered, at a place that was searched for.
//!
//! Only lines that are shown are formatted; what filter and search let through is found once a line.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::lines::{self, rows};
use super::matches::{self, Matches, oldest};
use super::{Log, Needle};
use crate::command::Command;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::put;

/// How all logs are looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::ui) struct Look<'a> {
    /// Only lines that hold this.
    pub(in crate::ui) wanted: &'a Needle,
    /// What is searched for in them.
    pub(in crate::ui) sought: &'a Needle,
    /// Whether long lines are wrapped.
    pub(in crate::ui) wrapped: bool,
    /// Whether the time stands before each line.
    pub(in crate::ui) timed: bool,
    /// Whether lines that are JSON are shown as words.
    pub(in crate::ui) pretty: bool,
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

/// Where one is in a log.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct View {
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
    pub(in crate::ui) fn update(&mut self, log: &impl Log, look: Look<'_>) -> bool {
        if self.filter.update(log, look.wanted, |_| true) {
            self.search.forget();
        }
        let passes = |text: &str| look.wanted.passes(text);
        let sought = self.search.update(log, look.sought, passes);
        let is_gone = |number: u64| self.search.rank(number).is_none();
        if sought || self.found.is_some_and(is_gone) {
            self.found = None;
        }
        sought
    }

    /// How many lines the filter lets through.
    pub(in crate::ui) fn count(&self, log: &impl Log) -> usize {
        if self.filter.wanted().is_none() {
            log.kept()
        } else {
            self.filter.len()
        }
    }

    fn number(&self, log: &impl Log, place: usize) -> Option<u64> {
        if self.filter.wanted().is_none() {
            return Some(oldest(log) + u64::try_from(place).ok()?);
        }
        self.filter.get(place)
    }

    fn place(&self, log: &impl Log, number: u64) -> usize {
        if self.filter.wanted().is_none() {
            let place = number.saturating_sub(oldest(log));
            return usize::try_from(place).unwrap_or(usize::MAX);
        }
        self.filter.before(number)
    }

    /// The line at a place, as it is kept.
    pub(in crate::ui) fn line<'a>(&self, log: &'a impl Log, place: usize) -> Option<&'a str> {
        log.text(matches::place(log, self.number(log, place)?)?)
    }

    pub(in crate::ui) fn is_following(&self) -> bool {
        self.anchor.is_none()
    }

    fn go(&mut self, log: &impl Log, place: usize) {
        let furthest = self.drawn.get().furthest;
        self.anchor = if place >= furthest {
            None
        } else {
            self.number(log, place)
        };
    }

    /// Stands at the beginning, and stays there while lines come.
    pub(in crate::ui) fn hold(&mut self, log: &impl Log) {
        self.anchor = self.number(log, 0);
    }

    /// Moves by lines, down where positive.
    pub(in crate::ui) fn by(&mut self, log: &impl Log, lines: isize) {
        self.go(log, self.drawn.get().first.saturating_add_signed(lines));
    }

    /// Follows the end, or stays where it is.
    pub(in crate::ui) fn follow(&mut self, log: &impl Log) {
        self.anchor = match self.anchor {
            Some(_) => None,
            None => self.number(log, self.drawn.get().first),
        };
    }

    /// Stands on the first line found from the first one shown on.
    pub(in crate::ui) fn seek(&mut self, log: &impl Log) {
        let first = self.number(log, self.drawn.get().first).unwrap_or(0);
        let next = self.search.after(self.found.unwrap_or(first), true);
        self.stand(log, next);
    }

    /// Goes to the next line found, or to the one before; after the last comes the first again.
    pub(in crate::ui) fn seek_on(&mut self, log: &impl Log, forward: bool) {
        let Some(found) = self.found else {
            return self.seek(log);
        };
        let next = if forward {
            self.search.after(found, false)
        } else {
            self.search.previous(found)
        };
        self.stand(log, next);
    }

    /// Stands on a line, and scrolls only where it would be out of sight.
    fn stand(&mut self, log: &impl Log, number: Option<u64>) {
        self.found = number;
        let Some(number) = number else { return };
        let drawn = self.drawn.get();
        let place = self.place(log, number);
        let first = if (drawn.first..drawn.last).contains(&place) {
            drawn.first
        } else {
            place.saturating_sub(drawn.height / 3).min(drawn.furthest)
        };
        self.anchor = self.number(log, first);
    }

    /// Does what a scrolling command asks.
    pub(in crate::ui) fn on(&mut self, command: Command, log: &impl Log) {
        let page = isize::try_from(self.drawn.get().height.saturating_sub(1).max(1)).unwrap_or(1);
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands scroll")]
        match command {
            Command::Up => self.by(log, -1),
            Command::Down => self.by(log, 1),
            Command::PageUp => self.by(log, -page),
            Command::PageDown => self.by(log, page),
            Command::Top => self.go(log, 0),
            Command::Bottom => self.anchor = None,
            Command::SearchNext => self.seek_on(log, true),
            Command::SearchPrevious => self.seek_on(log, false),
            _ => {}
        }
    }

    /// Draws a line about the log and as much of it as there is room for; returns where it stands.
    pub(in crate::ui) fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        log: &impl Log,
        look: Look<'_>,
        ctx: &Ctx<'_>,
    ) -> Rect {
        let [head, place] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        self.draw_head(buf, head, log, ctx);
        self.draw_lines(buf, place, log, look, ctx);
        place
    }

    /// Draws as much of the log as there is room for.
    pub(in crate::ui) fn draw_lines(
        &self,
        buf: &mut Buffer,
        place: Rect,
        log: &impl Log,
        look: Look<'_>,
        ctx: &Ctx<'_>,
    ) {
        let layout = lines::Layout {
            marked: if look.sought.is_none() {
                look.wanted
            } else {
                look.sought
            },
            wrapped: look.wrapped,
            timed: look.timed,
            pretty: look.pretty,
            cells: usize::from(place.width),
        };
        let formatted = |at: usize| -> Vec<Line<'static>> {
            let Some(number) = self.number(log, at) else {
                return Vec::new();
            };
            let found = self.found == Some(number);
            let place = matches::place(log, number);
            let shown = place.and_then(|place| rows(log, place, (layout, found), ctx));
            shown.unwrap_or_default()
        };
        let total = self.count(log);
        let (shown, drawn) = self.window(log, usize::from(place.height), formatted);
        for (line, text) in place.rows().zip(shown) {
            buf.set_line(line.x, line.y, &text, line.width);
        }
        self.drawn.set(drawn);
        let thumb = Rect {
            width: place.width + 2,
            ..place
        };
        scrollbar::draw(buf, thumb, ctx.theme, drawn.first, total);
    }

    /// The rows that are on the screen, and which lines they are.
    fn window(
        &self,
        log: &impl Log,
        height: usize,
        formatted: impl Fn(usize) -> Vec<Line<'static>>,
    ) -> (Vec<Line<'static>>, Drawn) {
        let total = self.count(log);
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
            .map(|number| self.place(log, number))
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

    fn draw_head(&self, buf: &mut Buffer, head: Rect, log: &impl Log, ctx: &Ctx<'_>) {
        let rule = "─".repeat(usize::from(head.width));
        let border = ctx.theme.style(Role::Border);
        put(buf, head, head.x, head.y, &rule, border);
        let text = self.spoken(log);
        let muted = ctx.theme.style(Role::Muted);
        put(buf, head, head.x + 1, head.y, &text, muted);
    }

    /// What the line above the log says.
    pub(in crate::ui) fn spoken(&self, log: &impl Log) -> String {
        let following = if self.is_following() {
            "following"
        } else {
            "held"
        };
        let mut text = format!(" log · {following} · ");
        let sought = self.search.wanted().source();
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
        let wanted = self.filter.wanted().source();
        let count = if wanted.is_empty() {
            format!("{} lines ", log.read())
        } else {
            format!("&{wanted} {} of {} lines ", self.filter.len(), log.kept())
        };
        text.push_str(&count);
        text
    }
}

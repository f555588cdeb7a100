//! A node's log: which lines are looked at, and those of them that are on the screen.
//!
//! Only lines that are shown are formatted; what a filter lets through is found once a line.

use std::cell::Cell;
use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::command::Command;
use crate::domain::bootstrap::LogOrigin;
use crate::store::bootstrap::{LogEntry, NodeRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{cut, put, width, wrap};

/// From this width on the origin of a line is spelled out.
const SPELLED: u16 = 64;

/// How all logs are looked at.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    /// Only lines that hold this, whatever its case; all where it is empty.
    pub(super) wanted: &'a str,
    /// Whether long lines are wrapped.
    pub(super) wrapped: bool,
}

/// Where things were drawn, in places among the lines that the filter lets through.
#[derive(Clone, Copy, Debug, Default)]
struct Drawn {
    first: usize,
    /// The first line when the end is shown.
    furthest: usize,
    height: usize,
}

/// Where one is in a node's log.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The number of the first line shown; nothing where the end is followed.
    anchor: Option<u64>,
    wanted: String,
    /// Numbers of the lines that the filter lets through, among those searched.
    found: VecDeque<u64>,
    searched: u64,
    drawn: Cell<Drawn>,
}

/// The number of the oldest line that is kept.
fn oldest(node: &NodeRun) -> u64 {
    let kept = u64::try_from(node.log.len()).unwrap_or(u64::MAX);
    node.read.saturating_sub(kept)
}

fn entry(node: &NodeRun, number: u64) -> Option<&LogEntry> {
    let place = number.checked_sub(oldest(node))?;
    node.log.get(usize::try_from(place).ok()?)
}

/// Where `wanted` stands in `text`, whatever the case of its letters.
fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let mut windows = text.windows(wanted.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(wanted))
}

impl View {
    /// Searches what is new, or everything where something else is wanted.
    pub(super) fn search(&mut self, node: &NodeRun, wanted: &str) {
        if self.wanted != wanted || node.read < self.searched {
            wanted.clone_into(&mut self.wanted);
            self.found.clear();
            self.searched = 0;
        }
        let oldest = oldest(node);
        while self.found.front().is_some_and(|number| *number < oldest) {
            self.found.pop_front();
        }
        if wanted.is_empty() {
            return;
        }
        for number in self.searched.max(oldest)..node.read {
            let holds =
                entry(node, number).is_some_and(|entry| find(&entry.text, wanted).is_some());
            if holds {
                self.found.push_back(number);
            }
        }
        self.searched = node.read;
    }

    /// How many lines the filter lets through.
    pub(super) fn count(&self, node: &NodeRun) -> usize {
        if self.wanted.is_empty() {
            node.log.len()
        } else {
            self.found.len()
        }
    }

    fn number(&self, node: &NodeRun, place: usize) -> Option<u64> {
        if self.wanted.is_empty() {
            return Some(oldest(node) + u64::try_from(place).ok()?);
        }
        self.found.get(place).copied()
    }

    fn place(&self, node: &NodeRun, number: u64) -> usize {
        if self.wanted.is_empty() {
            let place = number.saturating_sub(oldest(node));
            return usize::try_from(place).unwrap_or(usize::MAX);
        }
        self.found.partition_point(|found| *found < number)
    }

    /// The line at a place, as it is kept.
    pub(super) fn line<'a>(&self, node: &'a NodeRun, place: usize) -> Option<&'a LogEntry> {
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
    pub(super) fn by(&mut self, node: &NodeRun, lines: isize) {
        self.go(node, self.drawn.get().first.saturating_add_signed(lines));
    }

    /// Follows the end, or stays where it is.
    pub(super) fn follow(&mut self, node: &NodeRun) {
        self.anchor = match self.anchor {
            Some(_) => None,
            None => self.number(node, self.drawn.get().first),
        };
    }

    /// Does what a scrolling command asks.
    pub(super) fn on(&mut self, command: Command, node: &NodeRun) {
        let page = isize::try_from(self.drawn.get().height.saturating_sub(1).max(1)).unwrap_or(1);
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands scroll")]
        match command {
            Command::Up => self.by(node, -1),
            Command::Down => self.by(node, 1),
            Command::PageUp => self.by(node, -page),
            Command::PageDown => self.by(node, page),
            Command::Top => self.go(node, 0),
            Command::Bottom => self.anchor = None,
            _ => {}
        }
    }

    /// Draws a line about the log and as much of it as there is room for; returns where it stands.
    pub(super) fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        node: &NodeRun,
        look: Look<'_>,
        ctx: &Ctx<'_>,
    ) -> Rect {
        let [head, lines] = ratatui::layout::Layout::vertical([
            ratatui::layout::Constraint::Length(1),
            ratatui::layout::Constraint::Fill(1),
        ])
        .areas(area);
        self.draw_head(buf, head, node, look, ctx);
        let high = usize::from(lines.height);
        let total = self.count(node);
        let cells = usize::from(lines.width);
        let rows = |place: usize| -> Vec<Line<'static>> {
            self.line(node, place)
                .map(|entry| formatted(entry, cells, look, ctx))
                .unwrap_or_default()
        };
        let mut last = Vec::new();
        let mut furthest = total;
        while furthest > 0 && last.len() < high {
            furthest -= 1;
            let mut before = rows(furthest);
            before.append(&mut last);
            last = before;
        }
        let anchored = self
            .anchor
            .map(|number| self.place(node, number))
            .filter(|place| *place < furthest);
        let shown = match anchored {
            Some(place) => {
                let mut shown = Vec::new();
                for place in place..total {
                    if shown.len() >= high {
                        break;
                    }
                    shown.extend(rows(place));
                }
                shown
            }
            None => last.split_off(last.len().saturating_sub(high)),
        };
        for (line, text) in lines.rows().zip(shown) {
            buf.set_line(line.x, line.y, &text, line.width);
        }
        let first = anchored.unwrap_or(furthest);
        self.drawn.set(Drawn {
            first,
            furthest,
            height: high,
        });
        let thumb = Rect {
            width: lines.width + 2,
            ..lines
        };
        scrollbar::draw(buf, thumb, ctx.theme, first, total);
        lines
    }

    fn draw_head(
        &self,
        buf: &mut Buffer,
        head: Rect,
        node: &NodeRun,
        look: Look<'_>,
        ctx: &Ctx<'_>,
    ) {
        let rule = "─".repeat(usize::from(head.width));
        put(
            buf,
            head,
            head.x,
            head.y,
            &rule,
            ctx.theme.style(Role::Border),
        );
        let following = if self.is_following() {
            "following"
        } else {
            "held"
        };
        let count = if look.wanted.is_empty() {
            format!("{} lines", node.read)
        } else {
            format!("{} of {} lines", self.found.len(), node.log.len())
        };
        let text = format!(" log · {following} · {count} ");
        put(
            buf,
            head,
            head.x + 1,
            head.y,
            &text,
            ctx.theme.style(Role::Muted),
        );
    }
}

/// The role of a line by what it says.
fn severity(text: &str) -> Role {
    let says = |words: &[&str]| words.iter().any(|word| find(text, word).is_some());
    if says(&["error", "failed", "fatal", "panic"]) {
        Role::Bad
    } else if says(&["warn"]) {
        Role::Warn
    } else {
        Role::Text
    }
}

fn origin(origin: LogOrigin, spelled: bool) -> &'static str {
    match (origin, spelled) {
        (LogOrigin::Console, true) => "console    ",
        (LogOrigin::CloudInit, true) => "cloud-init ",
        (LogOrigin::Script, true) => "script     ",
        (LogOrigin::Console, false) => "c ",
        (LogOrigin::CloudInit, false) => "i ",
        (LogOrigin::Script, false) => "s ",
    }
}

/// A line as rows of the screen.
fn formatted(entry: &LogEntry, cells: usize, look: Look<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let time = format!("{} ", ctx.moment.stamp(entry.at));
    let from = origin(entry.origin, cells >= usize::from(SPELLED));
    let hang = width(&time) + from.len();
    let room = cells.saturating_sub(hang).max(8);
    let texts = if look.wrapped {
        wrap(&entry.text, room)
    } else {
        vec![cut(&entry.text, room)]
    };
    let role = severity(&entry.text);
    let muted = ctx.theme.style(Role::Muted);
    let mut rows = Vec::with_capacity(texts.len());
    for (at, text) in texts.into_iter().enumerate() {
        let mut spans = if at == 0 {
            vec![
                Span::styled(time.clone(), muted),
                Span::styled(from, ctx.theme.style(Role::Accent)),
            ]
        } else {
            vec![Span::raw(" ".repeat(hang))]
        };
        spans.extend(marked(&text, look.wanted, role, ctx));
        rows.push(Line::from(spans));
    }
    rows
}

/// A text with what is wanted standing out.
fn marked(text: &str, wanted: &str, role: Role, ctx: &Ctx<'_>) -> Vec<Span<'static>> {
    let style = ctx.theme.style(role);
    let at = find(text, wanted).filter(|_| !wanted.is_empty());
    let parts = at.and_then(|at| {
        let (before, rest) = text.split_at_checked(at)?;
        let (found, after) = rest.split_at_checked(wanted.len())?;
        Some((before, found, after))
    });
    let Some((before, found, after)) = parts else {
        return vec![Span::styled(text.to_owned(), style)];
    };
    vec![
        Span::styled(before.to_owned(), style),
        Span::styled(found.to_owned(), ctx.theme.style(Role::Selected)),
        Span::styled(after.to_owned(), style),
    ]
}

#[cfg(test)]
mod tests;

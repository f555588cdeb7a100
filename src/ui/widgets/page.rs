//! A page of text that scrolls: headings, named values, lines. It wraps to the width that it gets.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::scrollbar;
use super::write::{width, wrap_from};
use crate::command::Command;
use crate::theme::{Role, Theme};

/// Cells that the names of values take.
const NAMES: usize = 13;

/// One paragraph: what stands before it, and a text that wraps beside that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paragraph {
    before: Vec<(String, Role)>,
    text: String,
    role: Option<Role>,
    /// Cells before further lines; as much as stands before the text where it is not given.
    hang: Option<usize>,
    /// What a cursor finds here.
    spot: Option<String>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    paragraphs: Vec<Paragraph>,
}

impl Page {
    /// A heading, with a blank line above.
    pub fn heading(&mut self, text: impl Into<String>) {
        if !self.paragraphs.is_empty() {
            self.blank();
        }
        self.styled(text, Role::Title);
    }

    /// A blank line.
    pub fn blank(&mut self) {
        self.paragraphs.push(Paragraph::default());
    }

    /// A paragraph.
    pub fn styled(&mut self, text: impl Into<String>, role: Role) {
        self.item(Vec::new(), text, role);
    }

    /// A paragraph with something before it, beside which it wraps.
    pub fn item(&mut self, before: Vec<(String, Role)>, text: impl Into<String>, role: Role) {
        self.paragraphs.push(Paragraph {
            before,
            text: text.into(),
            role: Some(role),
            ..Paragraph::default()
        });
    }

    /// One line of parts that does not wrap.
    pub fn row(&mut self, parts: Vec<(String, Role)>) {
        self.hanging(0, parts, "", Role::Text);
    }

    /// An item whose further lines begin after `hang` cells.
    pub fn hanging(
        &mut self,
        hang: usize,
        before: Vec<(String, Role)>,
        text: impl Into<String>,
        role: Role,
    ) {
        self.paragraphs.push(Paragraph {
            before,
            text: text.into(),
            role: Some(role),
            hang: Some(hang),
            spot: None,
        });
    }

    /// Lets a cursor find the last paragraph by this name, which no other one has.
    pub fn spot(&mut self, name: impl Into<String>) {
        if let Some(last) = self.paragraphs.last_mut() {
            last.spot = Some(name.into());
        }
    }

    /// What a cursor finds, from top to bottom.
    pub fn spots(&self) -> impl Iterator<Item = &str> {
        self.paragraphs.iter().filter_map(|it| it.spot.as_deref())
    }

    /// The spots, each with its first line and how many it has, at a width of `cells`.
    pub fn places(&self, cells: usize) -> Vec<(&str, usize, usize)> {
        let plain = Theme::plain();
        let mut line = 0;
        let mut found = Vec::new();
        for paragraph in &self.paragraphs {
            let height = paragraph.lines(&plain, cells).len();
            if let Some(spot) = &paragraph.spot {
                found.push((spot.as_str(), line, height));
            }
            line += height;
        }
        found
    }

    /// A named value; nothing is shown for an empty one.
    pub fn field(&mut self, name: &str, value: impl Into<String>) {
        self.field_as(name, value, Role::Text);
    }

    /// A named value that looks like something.
    pub fn field_as(&mut self, name: &str, value: impl Into<String>, role: Role) {
        let value = value.into();
        if !value.is_empty() {
            self.item(vec![(format!("{name:NAMES$} "), Role::Muted)], value, role);
        }
    }

    /// All of it as plain text, unwrapped.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for paragraph in &self.paragraphs {
            for (part, _) in &paragraph.before {
                text.push_str(part);
            }
            text.push_str(&paragraph.text);
            text.push('\n');
        }
        text
    }

    /// How many lines it takes at a width of `cells`.
    pub fn height(&self, cells: usize) -> usize {
        let plain = Theme::plain();
        self.lines(&plain, cells).len()
    }

    fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        self.paragraphs
            .iter()
            .flat_map(|paragraph| paragraph.lines(theme, cells))
            .collect()
    }
}

impl Paragraph {
    fn lines(&self, theme: &Theme, cells: usize) -> Vec<Line<'static>> {
        let style = theme.style(self.role.unwrap_or(Role::Text));
        let before: Vec<Span<'static>> = self
            .before
            .iter()
            .map(|(text, role)| Span::styled(text.clone(), theme.style(*role)))
            .collect();
        let taken: usize = self.before.iter().map(|(text, _)| width(text)).sum();
        // Beside a long beginning there is no room to wrap in: the text goes below it.
        let hang = self
            .hang
            .unwrap_or(if taken * 2 > cells { 4 } else { taken })
            .min(cells / 2);
        let beside = taken < cells
            && (self.hang.is_some() || hang == taken || taken + width(&self.text) <= cells);
        let first = if beside { cells - taken } else { 0 };
        let mut lines = Vec::new();
        for (at, text) in wrap_from(&self.text, first, cells - hang)
            .into_iter()
            .enumerate()
        {
            let mut spans = if at == 0 {
                before.clone()
            } else {
                vec![Span::raw(" ".repeat(hang))]
            };
            spans.push(Span::styled(text, style));
            lines.push(Line::from(spans));
        }
        lines
    }
}

/// How far a page is scrolled. Drawing tells it how far it can be.
#[derive(Clone, Debug, Default)]
pub struct Scroll {
    first: Cell<usize>,
    furthest: Cell<usize>,
    height: Cell<usize>,
}

impl Scroll {
    /// Back to the top.
    pub fn reset(&self) {
        self.first.set(0);
    }

    /// Moves by lines, down where positive.
    pub fn by(&self, lines: isize) {
        let first = self.first.get().saturating_add_signed(lines);
        self.first.set(first.min(self.furthest.get()));
    }

    /// Does what a scrolling command asks; says whether it was one.
    pub fn on(&self, command: Command) -> bool {
        let page = isize::try_from(self.height.get().saturating_sub(1).max(1)).unwrap_or(1);
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands scroll")]
        match command {
            Command::Up => self.by(-1),
            Command::Down => self.by(1),
            Command::PageUp => self.by(-page),
            Command::PageDown => self.by(page),
            Command::Top => self.first.set(0),
            Command::Bottom => self.first.set(self.furthest.get()),
            _ => return false,
        }
        true
    }

    /// The lines that are on the screen.
    pub fn shown(&self) -> std::ops::Range<usize> {
        let first = self.first.get();
        first..first + self.height.get()
    }

    /// Scrolls as little as may be until `line` is on the screen.
    pub fn reveal(&self, line: usize) {
        let shown = self.shown();
        if line < shown.start {
            self.first.set(line);
        } else if line >= shown.end {
            self.first.set((line + 1).saturating_sub(self.height.get()));
        }
    }

    /// Notes the height and the number of lines, and says which is the first to draw.
    pub fn settle(&self, height: usize, total: usize) -> usize {
        self.height.set(height);
        self.furthest.set(total.saturating_sub(height));
        let first = self.first.get().min(self.furthest.get());
        self.first.set(first);
        first
    }
}

/// Draws a page as [`draw`] does, with the spot that is selected marked.
pub fn draw_with(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    (page, scroll): (&Page, &Scroll),
    selected: Option<&str>,
) {
    draw(buf, area, theme, page, scroll);
    let Some(selected) = selected else {
        return;
    };
    let places = page.places(usize::from(area.width));
    let Some((_, line, _)) = places.iter().find(|(spot, _, _)| *spot == selected) else {
        return;
    };
    let shown = scroll.shown();
    if shown.contains(line) {
        let down = u16::try_from(line - shown.start).unwrap_or(u16::MAX);
        let whole = Rect {
            x: area.x.saturating_sub(1),
            y: area.y.saturating_add(down),
            width: area.width + 2,
            height: 1,
        };
        buf.set_style(whole.intersection(buf.area), theme.style(Role::Selected));
    }
}

/// Draws a page into `area`; the thumb of what does not fit goes into the column right of it.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, page: &Page, scroll: &Scroll) {
    let lines = page.lines(theme, usize::from(area.width));
    let first = scroll.settle(usize::from(area.height), lines.len());
    let total = lines.len();
    for (row, line) in area.rows().zip(lines.into_iter().skip(first)) {
        buf.set_line(row.x, row.y, &line, row.width);
    }
    let bar = Rect {
        width: area.width + 2,
        ..area
    };
    scrollbar::draw(buf, bar.intersection(buf.area), theme, first, total);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::builtin;

    fn shown(page: &Page, cells: usize) -> Vec<String> {
        let theme = builtin("dark").unwrap();
        page.lines(&theme, cells)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn values_wrap_beside_their_names() {
        let mut page = Page::default();
        page.field("Reason", "the A record is proxied");
        page.field("Nothing", "");
        assert_eq!(
            shown(&page, 30),
            ["Reason        the A record is", "              proxied"]
        );
    }

    #[test]
    fn a_long_beginning_pushes_the_text_below() {
        let mut page = Page::default();
        page.item(
            vec![("https-argocd-example ".into(), Role::Text)],
            "not attached",
            Role::Bad,
        );
        assert_eq!(
            shown(&page, 24),
            ["https-argocd-example ", "    not attached"]
        );
        assert_eq!(shown(&page, 40), ["https-argocd-example not attached"]);
    }

    #[test]
    fn scrolling_ends_at_the_last_line() {
        let scroll = Scroll::default();
        scroll.settle(10, 25);
        scroll.on(Command::Bottom);
        assert_eq!(scroll.settle(10, 25), 15);
        scroll.on(Command::PageUp);
        assert_eq!(scroll.settle(10, 25), 6);
        assert_eq!(scroll.settle(10, 8), 0);
    }
}

//! The line around a pane, with its title, what stands at its right, and its count.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use crate::theme::{Role, Theme};

/// What stands on the line around a pane.
#[derive(Clone, Debug, Default)]
pub struct Frame<'a> {
    /// At the left of the upper line.
    pub title: Vec<Span<'a>>,
    /// At the right of the upper line.
    pub aside: Vec<Span<'a>>,
    /// Whether it has the keys.
    pub focused: bool,
}

impl Frame<'_> {
    /// A frame with a heading.
    pub fn titled(theme: &Theme, title: impl Into<String>) -> Self {
        Self {
            title: vec![Span::styled(title.into(), theme.style(Role::Title))],
            ..Self::default()
        }
    }

    /// The same, with the keys or without.
    #[must_use]
    pub fn focused(self, focused: bool) -> Self {
        Self { focused, ..self }
    }

    /// Draws it and returns what is inside, with one blank column at both sides.
    pub fn draw(self, buf: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        let role = if self.focused {
            Role::BorderFocus
        } else {
            Role::Border
        };
        let mut block = Block::bordered()
            .border_set(border::ROUNDED)
            .border_style(theme.style(role));
        if !self.title.is_empty() {
            block = block.title_top(padded(self.title));
        }
        if !self.aside.is_empty() {
            block = block.title_top(padded(self.aside).right_aligned());
        }
        let inside = block.inner(area);
        block.render(area, buf);
        inside.inner(Margin::new(1, 0))
    }
}

fn padded(mut spans: Vec<Span<'_>>) -> Line<'_> {
    spans.insert(0, Span::raw(" "));
    spans.push(Span::raw(" "));
    Line::from(spans)
}

//! What the bridge's parts share: rows that can be selected, and the frame around them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::object::ObjectRef;
use crate::domain::source::{SourceId, SourceStatus};
use crate::effect::Place;
use crate::theme::{Role, Theme};
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::scrollbar;

/// What `open` on a row leads to.
pub(super) type Target = (Place, ObjectRef);

/// Whether a part has the keys, and which of its rows is selected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Focus {
    pub(super) focused: bool,
    pub(super) cursor: usize,
}

/// One row of a part: its lines, and what it leads to.
pub(super) struct Row {
    pub(super) lines: Vec<Line<'static>>,
    pub(super) target: Option<Target>,
}

impl Row {
    /// A row of one line.
    pub(super) fn line(spans: Vec<Span<'static>>, target: Option<Target>) -> Self {
        Self {
            lines: vec![Line::from(spans)],
            target,
        }
    }
}

/// What stands where a part has no rows: that there are none is said only when it is known.
pub(super) fn none(ctx: &Ctx<'_>, feed: SourceId, noun: &str) -> Row {
    let text = match ctx.store.sources.status(feed) {
        SourceStatus::Live => format!("No {noun}"),
        SourceStatus::Connecting | SourceStatus::Stale { .. } => "Not known yet".to_owned(),
        SourceStatus::Denied { .. } => "Not permitted".to_owned(),
        SourceStatus::NotInstalled { .. } => "Not installed".to_owned(),
        SourceStatus::Off => "Not watched".to_owned(),
    };
    Row::line(vec![Span::styled(text, ctx.theme.style(Role::Muted))], None)
}

/// A part with its title.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What stands at the right of the title.
    pub(super) aside: Vec<Span<'static>>,
    pub(super) rows: Vec<Row>,
}

impl Section {
    /// Lines of all rows.
    pub(super) fn height(&self) -> usize {
        self.rows.iter().map(|row| row.lines.len()).sum()
    }

    /// Draws it, scrolled so that the selected row is visible; returns the first row shown.
    pub(super) fn draw(self, buf: &mut Buffer, area: Rect, theme: &Theme, focus: Focus) -> usize {
        let frame = Frame {
            aside: self.aside,
            ..Frame::titled(theme, self.title).focused(focus.focused)
        };
        let inside = frame.draw(buf, area, theme);
        let total = self.rows.len();
        let first = first_shown(&self.rows, focus.cursor, usize::from(inside.height));
        let mut y = inside.y;
        for (at, row) in self.rows.into_iter().enumerate().skip(first) {
            for line in row.lines {
                if y >= inside.bottom() {
                    break;
                }
                buf.set_line(inside.x, y, &line, inside.width);
                if focus.focused && at == focus.cursor && row.target.is_some() {
                    let whole = Rect::new(inside.x - 1, y, inside.width + 2, 1);
                    buf.set_style(whole, theme.style(Role::Selected));
                }
                y += 1;
            }
        }
        let bar = Rect {
            width: inside.width + 2,
            ..inside
        };
        if y >= inside.bottom() {
            scrollbar::draw(buf, bar, theme, first, total);
        }
        first
    }
}

/// The first row to show so that the one at `cursor` is shown whole.
fn first_shown(rows: &[Row], cursor: usize, height: usize) -> usize {
    let mut room = height;
    let mut first = cursor.min(rows.len().saturating_sub(1));
    for (at, row) in rows.iter().enumerate().take(first + 1).rev() {
        let lines = row.lines.len();
        if lines > room {
            break;
        }
        room -= lines;
        first = at;
    }
    first
}

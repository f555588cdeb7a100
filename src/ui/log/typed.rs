//! What is typed about a log, its filter or what is searched, and the line in which that stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::write::put;

/// Cells that a line around a pane takes with the blanks beside it.
const AROUND: u16 = 4;

/// Something typed, and what stood there before typing began, for `cancel`.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct Typed {
    pub(in crate::ui) field: Field,
    before: Field,
}

impl Typed {
    /// Typing begins.
    pub(in crate::ui) fn begin(&mut self) {
        self.before = self.field.clone();
    }

    /// Typing is given up.
    pub(in crate::ui) fn cancel(&mut self) {
        self.field = std::mem::take(&mut self.before);
    }

    /// Nothing is wanted any more.
    pub(in crate::ui) fn clear(&mut self) {
        self.field = Field::default();
    }
}

/// What is typed, on the lower line of the pane: after `sign`, while it is typed with a cursor.
pub(in crate::ui) fn draw_typed(
    buf: &mut Buffer,
    area: Rect,
    (sign, field, typing): (&str, &Field, bool),
    ctx: &Ctx<'_>,
) {
    let line = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    };
    let line = line.intersection(area);
    let inside = Rect {
        x: line.x + 2,
        width: line.width.saturating_sub(AROUND),
        ..line
    };
    let accent = ctx.theme.style(Role::Accent);
    let x = put(buf, inside, inside.x, line.y, &format!(" {sign} "), accent);
    let place = Rect {
        x,
        width: inside.right().saturating_sub(x).min(40),
        ..inside
    };
    if typing {
        field.draw(buf, place, ctx.theme);
    } else {
        let text = format!("{} ", field.text());
        put(buf, place, x, line.y, &text, ctx.theme.style(Role::Text));
    }
}

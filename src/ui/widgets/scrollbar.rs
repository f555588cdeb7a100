//! Where one is in what does not fit: a thumb on the right line of a pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::{Role, Theme};

/// Draws a thumb on the last column of `area`, where `total` rows do not fit into its height.
pub fn draw(buf: &mut Buffer, area: Rect, theme: &Theme, first: usize, total: usize) {
    let shown = usize::from(area.height);
    if shown == 0 || area.width == 0 || total <= shown {
        return;
    }
    let length = (shown * shown / total).max(1);
    let room = shown - length;
    let furthest = total - shown;
    let start = (first.min(furthest) * room).div_ceil(furthest);
    for row in start..start + length {
        if let Some(cell) = u16::try_from(row)
            .ok()
            .and_then(|row| buf.cell_mut((area.right() - 1, area.top() + row)))
        {
            cell.set_symbol("┃").set_style(theme.style(Role::Muted));
        }
    }
}

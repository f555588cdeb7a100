//! Draws a list: frame, headings, the rows that are on the screen, and a full view beside them
//! where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::columns::{Place, Size, fit};
use super::empty::{aside, is_stale, notice};
use super::kind::Kind;
use super::state::{Drawn, Focus, ListPane};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::write::{cut, put, put_right, width, wrap};
use crate::ui::widgets::{page, scrollbar};

/// From this width on a full view stands beside the rows.
const WITH_SIDE: u16 = 128;

impl<K: Kind> ListPane<K> {
    pub(super) fn draw_all(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let mut drawn = Drawn::default();
        if self.focus == Focus::Page && self.selected.is_some() {
            self.draw_page(buf, area, ctx, true);
        } else if area.width >= WITH_SIDE {
            let rows = Rect {
                width: area.width * 3 / 5,
                ..area
            };
            drawn.side = Rect {
                x: rows.right(),
                width: area.width - rows.width,
                ..area
            };
            self.draw_rows(buf, rows, ctx, &mut drawn);
            self.draw_page(buf, drawn.side, ctx, self.focus == Focus::Side);
        } else {
            self.draw_rows(buf, area, ctx, &mut drawn);
        }
        self.drawn.set(drawn);
    }

    fn draw_page(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, focused: bool) {
        let frame = Frame::default().focused(focused);
        let Some(row) = self.row(ctx.store) else {
            frame.draw(buf, area, ctx.theme);
            return;
        };
        let title = cut(&K::name(&row), usize::from(area.width.saturating_sub(6)));
        let inside = Frame {
            title: vec![Span::styled(title, ctx.theme.style(Role::Title))],
            ..frame
        }
        .draw(buf, area, ctx.theme);
        let page = K::page_with(&row, &self.opened, ctx);
        let spot = self.opened.spot.as_deref().filter(|_| focused);
        page::draw_with(buf, inside, ctx.theme, (&page, &self.scroll), spot);
        self.page_area.set(inside);
    }

    fn draw_rows(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, drawn: &mut Drawn) {
        let title = self.title(ctx);
        let taken: usize = title.iter().map(|span| width(&span.content)).sum();
        let room = usize::from(area.width).saturating_sub(taken + 9);
        let frame = Frame {
            title,
            aside: aside::<K>(ctx, room),
            focused: self.focus == Focus::Rows,
        };
        let mut inside = frame.draw(buf, area, ctx.theme);
        if self.typing || self.filter.is_err() {
            let line = Rect {
                y: inside.bottom().saturating_sub(1),
                height: 1,
                ..inside
            };
            inside.height = inside.height.saturating_sub(1);
            self.draw_field(buf, line.intersection(area), ctx);
        }
        if self.order.total == 0 {
            draw_notice::<K>(buf, inside, ctx);
            return;
        }
        let places = self.places(inside.width);
        drawn.headings = Rect {
            height: inside.height.min(1),
            ..inside
        };
        drawn.rows = Rect {
            y: inside.y + drawn.headings.height,
            height: inside.height - drawn.headings.height,
            ..inside
        };
        self.draw_headings(buf, drawn.headings, ctx, &places);
        if self.order.ids.is_empty() {
            let text = format!("None of {} {} passes the filter", self.order.total, K::NOUN);
            put(
                buf,
                drawn.rows,
                inside.x,
                drawn.rows.y + 1,
                &text,
                ctx.theme.style(Role::Muted),
            );
        }
        self.draw_cells(buf, drawn.rows, ctx, &places);
    }

    /// `Pods 12 of 210  /argo`
    fn title(&self, ctx: &Ctx<'_>) -> Vec<Span<'static>> {
        let theme = ctx.theme;
        let mut title = vec![Span::styled(K::TITLE, theme.style(Role::Title))];
        let (shown, total) = (self.order.ids.len(), self.order.total);
        let count = if shown == total {
            format!(" {total}")
        } else {
            format!(" {shown} of {total}")
        };
        if total > 0 {
            title.push(Span::styled(count, theme.style(Role::Muted)));
        }
        if !self.typing && !self.field.is_empty() {
            let filter = cut(&self.field.text(), 24);
            title.push(Span::styled(
                format!("  /{filter}"),
                theme.style(Role::Accent),
            ));
        }
        title
    }

    fn draw_field(&self, buf: &mut Buffer, line: Rect, ctx: &Ctx<'_>) {
        let theme = ctx.theme;
        let mut room = line;
        if let Err(error) = &self.filter {
            let x = put_right(
                buf,
                line,
                line.y,
                &format!("✖ {error}"),
                theme.style(Role::Bad),
            );
            room.width = x.saturating_sub(line.x + 1);
        } else if self.field.is_empty() {
            let hint = "words · !not · column:regex";
            let x = put_right(buf, line, line.y, hint, theme.style(Role::Muted));
            room.width = x.saturating_sub(line.x + 1);
        }
        let x = put(buf, room, room.x, room.y, "/", theme.style(Role::Accent));
        let field = Rect {
            x,
            width: room.right().saturating_sub(x),
            ..room
        };
        self.field.draw(buf, field, theme);
    }

    fn places(&self, width: u16) -> Vec<Place> {
        let sizes: Vec<Size> = self
            .columns
            .iter()
            .zip(self.order.needs.iter().chain(std::iter::repeat(&0)))
            .map(|(column, need)| {
                let title = u16::try_from(column.title.len() + 1).unwrap_or(u16::MAX);
                let wanted = if *need == 0 {
                    column.least
                } else {
                    (*need).max(title)
                };
                Size {
                    least: column.least.min(wanted.max(title)),
                    most: column.most.min(wanted.max(column.least.min(title))),
                    rank: column.rank,
                }
            })
            .collect();
        fit(&sizes, width)
    }

    /// The column whose heading stands at `x`.
    pub(super) fn column_at(&self, headings: Rect, x: u16) -> Option<usize> {
        self.places(headings.width)
            .iter()
            .find(|place| (place.x..place.x + place.width).contains(&(x - headings.x)))
            .map(|place| place.column)
    }

    fn draw_headings(&self, buf: &mut Buffer, line: Rect, ctx: &Ctx<'_>, places: &[Place]) {
        for place in places {
            let Some(column) = self.columns.get(place.column) else {
                continue;
            };
            let sorted = place.column == self.sorting.column;
            let role = if sorted { Role::Accent } else { Role::Muted };
            let arrow = match (sorted, self.sorting.downwards) {
                (false, _) => "",
                (true, false) => "▴",
                (true, true) => "▾",
            };
            let text = format!("{}{arrow}", column.title);
            put_cell(
                buf,
                cell_area(line, place),
                &text,
                column.right,
                ctx.theme.style(role),
            );
        }
    }

    fn draw_cells(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, places: &[Place]) {
        let height = usize::from(area.height);
        let total = self.order.ids.len();
        let first = first_shown(self.first.get(), self.cursor, height, total);
        self.first.set(first);
        let is_old = is_stale::<K>(ctx);
        for (line, (at, id)) in area
            .rows()
            .zip(self.order.ids.iter().enumerate().skip(first))
        {
            let Some(row) = K::get(ctx.store, &self.order.joined, id) else {
                continue;
            };
            let selected = at == self.cursor;
            if selected {
                let whole = Rect {
                    x: line.x - 1,
                    width: line.width + 2,
                    ..line
                };
                buf.set_style(whole, ctx.theme.style(Role::Selected));
            }
            for place in places {
                let Some(column) = self.columns.get(place.column) else {
                    continue;
                };
                let cell = (column.cell)(&row, ctx);
                let style = match (selected, is_old) {
                    (true, _) => ctx.theme.style(Role::Selected),
                    (false, true) => ctx.theme.style(Role::Muted),
                    (false, false) => ctx.theme.style(cell.role),
                };
                let mut area = cell_area(line, place);
                if place.column == 0 && self.sorting.tree {
                    area = Self::draw_branch(buf, area, &row, ctx);
                }
                put_cell(buf, area, &cell.text, column.right, style);
            }
        }
        let bar = Rect {
            width: area.width + 2,
            ..area
        };
        scrollbar::draw(buf, bar, ctx.theme, first, total);
    }
}

impl<K: Kind> ListPane<K> {
    /// Indents a row of a tree, and leaves what room there is then.
    fn draw_branch(buf: &mut Buffer, area: Rect, row: &K::Row<'_>, ctx: &Ctx<'_>) -> Rect {
        let depth = K::depth(row, ctx);
        if depth == 0 {
            return area;
        }
        let branch = format!("{}▸ ", "  ".repeat(depth - 1));
        let x = put(
            buf,
            area,
            area.x,
            area.y,
            &branch,
            ctx.theme.style(Role::Muted),
        );
        Rect {
            x,
            width: area.right().saturating_sub(x),
            ..area
        }
    }
}

/// The first row to show, so that the selected one is on the screen and as little as may be moves.
fn first_shown(first: usize, cursor: usize, height: usize, total: usize) -> usize {
    let height = height.max(1);
    let first = first.min(cursor).max((cursor + 1).saturating_sub(height));
    first.min(total.saturating_sub(height))
}

fn cell_area(line: Rect, place: &Place) -> Rect {
    Rect {
        x: line.x + place.x,
        width: place.width,
        ..line
    }
}

fn put_cell(buf: &mut Buffer, area: Rect, text: &str, right: bool, style: Style) {
    if right {
        put_right(buf, area, area.y, text, style);
    } else {
        put(buf, area, area.x, area.y, text, style);
    }
}

fn draw_notice<K: Kind>(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
    let said = notice::<K>(ctx);
    let indent = 2.min(area.width);
    let text = Rect {
        x: area.x + indent,
        width: area.width - indent,
        ..area
    };
    let top = area.y + area.height / 4;
    put(
        buf,
        area,
        area.x,
        top,
        said.glyph,
        ctx.theme.style(said.role),
    );
    let cells = usize::from(text.width).min(72);
    let title = wrap(&said.title, cells)
        .into_iter()
        .map(|line| (line, Role::Text));
    let next = wrap(&said.next, cells)
        .into_iter()
        .map(|line| (line, Role::Muted));
    for ((line, role), y) in title.chain(next).zip(top..) {
        put(buf, text, text.x, y, &line, ctx.theme.style(role));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_selected_row_is_on_the_screen(
            first in 0_usize..300, total in 1_usize..200, height in 1_usize..50, at in 0_usize..200,
        ) {
            let cursor = at.min(total - 1);
            let first = first_shown(first, cursor, height, total);
            prop_assert!((first..first + height).contains(&cursor));
            prop_assert!(first == 0 || first + height <= total, "no blank rows below the last");
        }
    }
}

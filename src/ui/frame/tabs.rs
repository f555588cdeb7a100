//! The tabs: number, name and count, as much of it as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::effect::Place;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::{put, width};

/// One tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Which.
    pub place: Place,
    /// How many rows it has, where it tells.
    pub count: Option<usize>,
}

/// How much of a tab is shown.
#[derive(Clone, Copy)]
enum Detail {
    Count,
    Name,
    Number,
}

/// Draws the tabs on one line.
pub fn draw(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, tabs: &[Tab], active: usize) {
    for (at, (x, text)) in laid_out(tabs, active, area.width).into_iter().enumerate() {
        let role = if at == active {
            Role::TabActive
        } else {
            Role::Muted
        };
        let end = put(buf, area, area.x + x, area.y, &text, ctx.theme.style(role));
        // The number is a key: it stands out from the name.
        if at != active
            && end > area.x + x + 1
            && let Some(cell) = buf.cell_mut((area.x + x + 1, area.y))
        {
            cell.set_style(ctx.theme.style(Role::Text));
        }
    }
}

/// The tab at a column of the line.
pub fn at(tabs: &[Tab], active: usize, area: Rect, x: u16) -> Option<usize> {
    laid_out(tabs, active, area.width)
        .iter()
        .position(|(start, text)| {
            let wide = u16::try_from(width(text)).unwrap_or(0);
            (area.x + start..area.x + start + wide).contains(&x)
        })
}

/// Where each tab begins and what stands there.
fn laid_out(tabs: &[Tab], active: usize, room: u16) -> Vec<(u16, String)> {
    let place = |(detail, of_active)| {
        let mut x: u16 = 0;
        let mut placed = Vec::with_capacity(tabs.len());
        for (at, tab) in tabs.iter().enumerate() {
            let text = shown(*tab, at, if at == active { of_active } else { detail });
            let wide = u16::try_from(width(&text)).unwrap_or(u16::MAX);
            placed.push((x, text));
            x = x.saturating_add(wide);
        }
        (x, placed)
    };
    let levels = [
        (Detail::Count, Detail::Count),
        (Detail::Name, Detail::Count),
        (Detail::Name, Detail::Name),
    ];
    let fitting = levels
        .into_iter()
        .map(place)
        .find(|(wide, _)| *wide <= room);
    fitting
        .unwrap_or_else(|| place((Detail::Number, Detail::Count)))
        .1
}

fn shown(tab: Tab, at: usize, detail: Detail) -> String {
    let number = at + 1;
    match (detail, tab.count.filter(|count| *count > 0)) {
        (Detail::Number, _) => format!(" {number} "),
        (Detail::Count, Some(count)) => format!(" {number} {} {count} ", tab.place),
        (Detail::Name | Detail::Count, _) => format!(" {number} {} ", tab.place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabs() -> Vec<Tab> {
        let counted = |(place, count)| Tab { place, count };
        [
            (Place::Bridge, None),
            (Place::Apps, Some(10)),
            (Place::Pods, Some(41)),
        ]
        .map(counted)
        .to_vec()
    }

    fn line(room: u16) -> String {
        laid_out(&tabs(), 1, room)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn room_decides_how_much_is_shown() {
        assert_eq!(line(80), " 1 Bridge  2 Apps 10  3 Pods 41 ");
        assert_eq!(line(29), " 1 Bridge  2 Apps 10  3 Pods ");
        assert_eq!(line(28), " 1 Bridge  2 Apps  3 Pods ");
        assert_eq!(line(12), " 1  2 Apps 10  3 ");
    }

    #[test]
    fn a_click_finds_its_tab() {
        let area = Rect::new(5, 0, 80, 1);
        assert_eq!(at(&tabs(), 1, area, 5), Some(0));
        assert_eq!(at(&tabs(), 1, area, 16), Some(1));
        assert_eq!(at(&tabs(), 1, area, 60), None);
    }
}

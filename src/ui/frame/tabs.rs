//! The tabs: key, name and count, as much of it as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::effect::Place;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::{put, width};

/// One tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Which.
    pub place: Place,
    /// The key that shows it.
    pub key: String,
    /// How many rows it has, where it tells.
    pub count: Option<usize>,
}

/// How much of a tab is shown.
#[derive(Clone, Copy)]
enum Detail {
    Count,
    Name,
    /// The name, with nothing behind it; of the way to a cluster only the key.
    Tight,
    Key,
}

/// Draws the tabs on one line.
pub fn draw(buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>, tabs: &[Tab], active: usize) {
    let placed = laid_out(tabs, active, area.width);
    for (at, ((x, text), tab)) in placed.into_iter().zip(tabs).enumerate() {
        let role = if at == active {
            Role::TabActive
        } else {
            Role::Muted
        };
        let start = area.x + x;
        let end = put(buf, area, start, area.y, &text, ctx.theme.style(role));
        // The key stands out from the name.
        if at != active && end > start + 1 {
            let wide = u16::try_from(width(&tab.key)).unwrap_or(0);
            let key = Rect::new(start + 1, area.y, wide.min(end - start - 1), 1);
            buf.set_style(key.intersection(area), ctx.theme.style(Role::Text));
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
            let text = shown(tab, if at == active { of_active } else { detail });
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
        (Detail::Tight, Detail::Name),
    ];
    let fitting = levels
        .into_iter()
        .map(place)
        .find(|(wide, _)| *wide <= room);
    fitting
        .unwrap_or_else(|| place((Detail::Key, Detail::Count)))
        .1
}

fn shown(tab: &Tab, detail: Detail) -> String {
    let (key, place) = (&tab.key, tab.place);
    match (detail, tab.count.filter(|count| *count > 0)) {
        (Detail::Key, _) => format!(" {key} "),
        (Detail::Tight, _) if place < Place::Bridge => format!(" {key}"),
        (Detail::Tight, _) => format!(" {key} {place}"),
        (Detail::Count, Some(count)) => format!(" {key} {place} {count} "),
        (Detail::Name | Detail::Count, _) => format!(" {key} {place} "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabs() -> Vec<Tab> {
        let counted = |(place, key, count): (Place, &str, Option<usize>)| Tab {
            place,
            key: key.to_owned(),
            count,
        };
        [
            (Place::Bridge, "1", None),
            (Place::Apps, "2", Some(10)),
            (Place::Pods, "3", Some(41)),
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
        assert_eq!(line(24), " 1 Bridge 2 Apps  3 Pods");
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

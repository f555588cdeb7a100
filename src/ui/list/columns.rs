//! Columns, and which of them a width has room for.

use super::kind::{Cell, Kind, SortKey};
use crate::ui::pane::Ctx;

/// Blank cells between two columns.
pub(super) const GAP: u16 = 2;

/// One column of a kind.
pub struct Column<K: Kind> {
    /// Its heading; what `column:regex` names.
    pub title: &'static str,
    /// Cells that it needs.
    pub least: u16,
    /// Cells that it can use.
    pub most: u16,
    /// When room is short, the column with the highest number goes first; 0 stays.
    pub rank: u8,
    /// Whether it stands at the right of its place: numbers.
    pub right: bool,
    /// What stands in it.
    pub cell: for<'a> fn(&K::Row<'a>, &Ctx<'a>) -> Cell<'a>,
    /// What it is sorted by.
    pub key: for<'a> fn(&K::Row<'a>, &Ctx<'a>) -> SortKey<'a>,
}

impl<K: Kind> Column<K> {
    /// A column between `least` and `most` cells wide, sorted by its text.
    pub fn new(
        title: &'static str,
        (least, most): (u16, u16),
        cell: for<'a> fn(&K::Row<'a>, &Ctx<'a>) -> Cell<'a>,
        key: for<'a> fn(&K::Row<'a>, &Ctx<'a>) -> SortKey<'a>,
    ) -> Self {
        Self {
            title,
            least,
            most,
            rank: 0,
            right: false,
            cell,
            key,
        }
    }

    /// The same, to be left out when room is short: the highest rank first.
    #[must_use]
    pub fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// The same, at the right of its place.
    #[must_use]
    pub fn right(self) -> Self {
        Self {
            right: true,
            ..self
        }
    }
}

/// Where a column stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which column.
    pub(super) column: usize,
    /// Cells from the row's left edge.
    pub(super) x: u16,
    /// Cells.
    pub(super) width: u16,
}

/// Size and rank of a column, without what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) least: u16,
    pub(super) most: u16,
    pub(super) rank: u8,
}

/// Shares out `width` cells: what has no room goes by rank, what is left over is given to those that
/// can use it, the lowest rank first and evenly within a rank.
pub(super) fn fit(sizes: &[Size], width: u16) -> Vec<Place> {
    let mut kept: Vec<usize> = (0..sizes.len()).collect();
    let size = |column: usize| {
        sizes.get(column).copied().unwrap_or(Size {
            least: 0,
            most: 0,
            rank: 0,
        })
    };
    let needed = |kept: &[usize]| {
        let gaps = GAP * u16::try_from(kept.len().saturating_sub(1)).unwrap_or(0);
        kept.iter().map(|column| size(*column).least).sum::<u16>() + gaps
    };
    while needed(&kept) > width {
        let Some(goes) = kept
            .iter()
            .copied()
            .filter(|column| size(*column).rank > 0)
            .max_by_key(|column| (size(*column).rank, *column))
        else {
            break;
        };
        kept.retain(|column| *column != goes);
    }
    let mut widths: Vec<u16> = kept.iter().map(|column| size(*column).least).collect();
    let mut left = width.saturating_sub(needed(&kept));
    let mut ranks: Vec<u8> = kept.iter().map(|column| size(*column).rank).collect();
    ranks.sort_unstable();
    ranks.dedup();
    for rank in ranks {
        loop {
            let mut given = false;
            for (has, column) in widths.iter_mut().zip(&kept) {
                let Size { most, rank: of, .. } = size(*column);
                if left > 0 && of == rank && *has < most {
                    *has += 1;
                    left -= 1;
                    given = true;
                }
            }
            if !given {
                break;
            }
        }
    }
    let mut x = 0;
    let mut places = Vec::with_capacity(kept.len());
    for (column, wanted) in kept.into_iter().zip(widths) {
        let has = wanted.min(width.saturating_sub(x));
        if has > 0 {
            places.push(Place {
                column,
                x,
                width: has,
            });
        }
        x += wanted + GAP;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(least: u16, most: u16, rank: u8) -> Size {
        Size { least, most, rank }
    }

    #[test]
    fn the_highest_rank_goes_first_and_room_is_shared() {
        let sizes = [size(10, 30, 0), size(6, 6, 2), size(8, 20, 1)];
        let shown = |width| {
            fit(&sizes, width)
                .iter()
                .map(|place| (place.column, place.width))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(100), [(0, 30), (1, 6), (2, 20)]);
        assert_eq!(shown(30), [(0, 12), (1, 6), (2, 8)]);
        assert_eq!(shown(27), [(0, 17), (2, 8)]);
        assert_eq!(shown(12), [(0, 12)]);
        assert_eq!(shown(4), [(0, 4)]);
        assert_eq!(shown(0), []);
    }

    proptest! {
        #[test]
        fn columns_stay_inside_and_apart(
            sizes in prop::collection::vec((0_u16..20, 0_u16..40, 0_u8..4), 0..9),
            width in 0_u16..200,
        ) {
            let sizes: Vec<Size> = sizes.iter().map(|(a, b, rank)| size(*a, a + b, *rank)).collect();
            let places = fit(&sizes, width);
            let mut free = 0;
            for place in places {
                prop_assert!(place.x >= free && place.x + place.width <= width);
                free = place.x + place.width;
            }
        }
    }
}

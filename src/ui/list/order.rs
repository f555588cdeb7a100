//! Which rows are shown and in which order: worked out once for each change.

use super::columns::Column;
use super::filter::Filter;
use super::kind::{Kind, SortKey};
use crate::domain::object::Labels;
use crate::ui::moment::Moment;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::width;

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sorting {
    /// By which column.
    pub(super) column: usize,
    /// Whether the largest comes first.
    pub(super) downwards: bool,
    /// Whether rows stand below what they belong to, by their own order.
    pub(super) tree: bool,
}

/// The rows that pass the filter, in order.
pub(super) struct Order<K: Kind> {
    pub(super) ids: Vec<K::Id>,
    pub(super) joined: K::Joined,
    /// How many rows there are without the filter.
    pub(super) total: usize,
    /// The cells that the widest text of each column needs; 0 where the column has one width.
    pub(super) needs: Vec<u16>,
    made_for: Option<(u64, Sorting, u64)>,
}

impl<K: Kind> Default for Order<K> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            joined: K::Joined::default(),
            total: 0,
            needs: Vec::new(),
            made_for: None,
        }
    }
}

impl<K: Kind> Order<K> {
    /// Works the order out again if anything that it follows from has changed; says whether.
    /// `edition` rises with every change of the filter.
    pub(super) fn refresh(
        &mut self,
        columns: &[Column<K>],
        sorting: Sorting,
        (filter, edition): (&Filter, u64),
        ctx: &Ctx<'_>,
    ) -> bool {
        let wanted = Some((K::revision(ctx.store), sorting, edition));
        if self.made_for == wanted {
            return false;
        }
        let same_rows = self.made_for.map(|made| made.0) == wanted.map(|wanted| wanted.0);
        if !same_rows {
            self.joined = K::join(ctx.store);
        }
        // Times that are only compared are not on the screen and ask for no further frame.
        let moment: Moment = ctx.moment.unobserved();
        let quiet = Ctx {
            moment: &moment,
            ..*ctx
        };
        let arranged = arrange(columns, sorting, filter, &quiet, &self.joined);
        self.ids = arranged.ids;
        self.total = arranged.total;
        self.needs = arranged.needs;
        self.made_for = wanted;
        true
    }
}

struct Arranged<I> {
    ids: Vec<I>,
    total: usize,
    needs: Vec<u16>,
}

fn arrange<'a, K: Kind>(
    columns: &[Column<K>],
    sorting: Sorting,
    filter: &Filter,
    ctx: &Ctx<'a>,
    joined: &'a K::Joined,
) -> Arranged<K::Id> {
    let none = Labels::default();
    let (mut total, mut deepest) = (0, 0);
    let mut rows: Vec<(Vec<SortKey<'a>>, K::Id)> = Vec::new();
    let mut needs = vec![0; columns.len()];
    for row in K::all(ctx.store, joined) {
        total += 1;
        let lineage = if sorting.tree {
            K::lineage(&row, ctx)
        } else {
            None
        };
        for (column, need) in columns.iter().zip(&mut needs) {
            // What already needs all that it may have need not be measured.
            if column.least < column.most && *need < column.most {
                let cells = width(&(column.cell)(&row, ctx).text);
                *need = (*need).max(u16::try_from(cells).unwrap_or(u16::MAX));
            }
        }
        let text = |column: usize| {
            columns
                .get(column)
                .map_or_else(Default::default, |column| (column.cell)(&row, ctx).text)
        };
        let labels = || K::labels(&row).unwrap_or(&none);
        if !filter.is_empty() && !filter.passes(columns.len(), labels(), text) {
            continue;
        }
        let key = columns
            .get(sorting.column)
            .map_or_else(Default::default, |column| (column.key)(&row, ctx));
        deepest = deepest.max(
            lineage
                .as_ref()
                .map_or(0, |keys| keys.len().saturating_sub(1)),
        );
        rows.push((lineage.unwrap_or_else(|| vec![key]), K::id(&row)));
    }
    if let Some(need) = needs.first_mut() {
        *need += u16::try_from(2 * deepest).unwrap_or(0);
    }
    // The sort is stable, so that equal rows stay in the order of their names.
    rows.sort_by(|(a, _), (b, _)| {
        if sorting.downwards && !sorting.tree {
            b.cmp(a)
        } else {
            a.cmp(b)
        }
    });
    Arranged {
        ids: rows.into_iter().map(|(_, id)| id).collect(),
        total,
        needs,
    }
}

//! What a list remembers between frames, and what commands do to it.

use std::any::Any;
use std::cell::Cell;

use ratatui::layout::{Position, Rect};

use super::columns::Column;
use super::filter::{Filter, FilterError};
use super::kind::{Kind, Opened};
use super::order::{Order, Sorting};
use crate::command::Command;
use crate::domain::comparison::ResourceRef;
use crate::domain::object::ObjectRef;
use crate::effect::{Effect, Offer};
use crate::keymap::Context;
use crate::store::Store;
use crate::ui::pane::{Ctx, Found, Mark, Pane, watches};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::Scroll;

/// Where things were drawn, for the mouse.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    pub(super) headings: Rect,
    pub(super) rows: Rect,
    pub(super) side: Rect,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    /// The rows.
    #[default]
    Rows,
    /// The full view beside the rows.
    Side,
    /// The full view instead of the rows.
    Page,
}

/// Where a person stood in a list.
struct Stood<K: Kind> {
    selected: Option<K::Id>,
    field: Field,
    focus: Focus,
    opened: Opened,
}

/// A pane that is one list.
pub struct ListPane<K: Kind> {
    pub(super) columns: Vec<Column<K>>,
    pub(super) order: Order<K>,
    pub(super) sorting: Sorting,
    pub(super) selected: Option<K::Id>,
    /// Where the selected row stands in the order.
    pub(super) cursor: usize,
    /// The first row on the screen.
    pub(super) first: Cell<usize>,
    pub(super) drawn: Cell<Drawn>,
    pub(super) field: Field,
    pub(super) typing: bool,
    pub(super) filter: Result<Filter, FilterError>,
    /// The filter before typing began, for `cancel`.
    before: Field,
    edition: u64,
    pub(super) focus: Focus,
    pub(super) scroll: Scroll,
    /// What is selected and opened in the full view.
    pub(super) opened: Opened,
    /// Where the full view was drawn.
    pub(super) page_area: Cell<Rect>,
}

impl<K: Kind> Default for ListPane<K> {
    fn default() -> Self {
        let (column, downwards) = K::SORTED;
        Self {
            columns: K::columns(),
            order: Order::default(),
            sorting: Sorting {
                column,
                downwards,
                tree: false,
            },
            selected: None,
            cursor: 0,
            first: Cell::new(0),
            drawn: Cell::default(),
            field: Field::default(),
            typing: false,
            filter: Ok(Filter::default()),
            before: Field::default(),
            edition: 0,
            focus: Focus::Rows,
            scroll: Scroll::default(),
            opened: Opened::default(),
            page_area: Cell::default(),
        }
    }
}

impl<K: Kind> ListPane<K> {
    /// The row that is selected.
    pub(super) fn row<'a>(&'a self, store: &'a Store) -> Option<K::Row<'a>> {
        K::get(store, &self.order.joined, self.selected.as_ref()?)
    }

    fn move_to(&mut self, cursor: usize) {
        self.cursor = cursor.min(self.order.ids.len().saturating_sub(1));
        let selected = self.order.ids.get(self.cursor).cloned();
        if selected != self.selected {
            self.scroll.reset();
            self.opened = Opened::default();
        }
        self.selected = selected;
    }

    fn move_by(&mut self, rows: isize) {
        self.move_to(self.cursor.saturating_add_signed(rows));
    }

    fn refilter(&mut self) {
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        self.filter = Filter::parse(&self.field.text(), &titles, K::HAS_LABELS);
        self.edition += 1;
    }

    fn sort_by(&mut self, column: usize) {
        if column == self.sorting.column {
            self.sorting.downwards = !self.sorting.downwards;
        } else {
            self.sorting = Sorting {
                column,
                downwards: false,
                tree: false,
            };
        }
    }

    fn copy(&self, whole: bool, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(row) = self.row(ctx.store) else {
            return Vec::new();
        };
        let (what, text) = if !whole {
            ("name", self.name_here(&row, ctx))
        } else if self.focus == Focus::Rows {
            let cells: Vec<String> = self
                .columns
                .iter()
                .map(|column| (column.cell)(&row, ctx).text.into_owned())
                .collect();
            ("row", cells.join("\t"))
        } else {
            ("page", K::page_with(&row, &self.opened, ctx).text())
        };
        vec![Effect::Copy {
            what: what.to_owned(),
            text,
        }]
    }

    /// What is opened to read of the selected row.
    fn reads(&self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        let Some(row) = self.row(ctx.store) else {
            return Vec::new();
        };
        let effect = if command == Command::ShowPodLog {
            K::log(&row).map(Effect::OpenLog)
        } else {
            K::thing(&row).map(Effect::Read)
        };
        effect.into_iter().collect()
    }

    fn on_rows(&mut self, command: Command) {
        let page = isize::try_from(self.drawn.get().rows.height.max(2) - 1).unwrap_or(1);
        let columns = self.columns.len();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a list answers to its own commands"
        )]
        match command {
            Command::Up => self.move_by(-1),
            Command::Down => self.move_by(1),
            Command::PageUp => self.move_by(-page),
            Command::PageDown => self.move_by(page),
            Command::Top => self.move_to(0),
            Command::Bottom => self.move_to(usize::MAX),
            Command::Open if self.selected.is_some() => {
                self.focus = Focus::Page;
                self.scroll.reset();
            }
            Command::Filter => {
                self.before = self.field.clone();
                self.typing = true;
            }
            Command::ClearFilter => {
                self.field = Field::default();
                self.refilter();
            }
            Command::SortNext => self.sort_by((self.sorting.column + 1) % columns.max(1)),
            Command::SortPrevious => {
                self.sort_by((self.sorting.column + columns.max(1) - 1) % columns.max(1));
            }
            Command::SortReverse => self.sort_by(self.sorting.column),
            Command::ToggleTree if K::HAS_TREE => self.sorting.tree = !self.sorting.tree,
            _ => {}
        }
    }

    fn on_typing(&mut self, command: Command) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest moves in the rows")]
        match command {
            Command::Accept => self.typing = false,
            Command::Cancel => {
                self.typing = false;
                self.field = std::mem::take(&mut self.before);
                self.refilter();
            }
            Command::Up | Command::Down | Command::PageUp | Command::PageDown => {
                self.on_rows(command);
            }
            _ => {}
        }
    }

    /// Whether a full view stands beside the rows.
    fn has_side(&self) -> bool {
        self.drawn.get().side.width > 0
    }

    fn leave(&mut self) {
        match self.focus {
            Focus::Rows if !self.field.is_empty() => {
                self.field = Field::default();
                self.refilter();
            }
            Focus::Rows => {}
            Focus::Side | Focus::Page => self.focus = Focus::Rows,
        }
    }
}

impl<K: Kind> Pane for ListPane<K> {
    fn exists(&self, store: &Store) -> bool {
        watches(store) && K::exists(store)
    }

    fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Vec<Effect> {
        if self.typing {
            self.on_typing(command);
            return Vec::new();
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest goes to what has the keys"
        )]
        match command {
            Command::Back => self.leave(),
            Command::ShowPodLog | Command::ShowWhole => return self.reads(command, ctx),
            Command::CopyName => return self.copy(false, ctx),
            Command::CopyText => return self.copy(true, ctx),
            Command::NextPane | Command::PreviousPane if self.has_side() => {
                self.focus = match self.focus {
                    Focus::Rows => Focus::Side,
                    Focus::Side | Focus::Page => Focus::Rows,
                };
            }
            Command::Right if self.focus == Focus::Rows && self.has_side() => {
                self.focus = Focus::Side;
            }
            Command::Left if self.focus == Focus::Side => self.focus = Focus::Rows,
            // From a full view to that of the next row, without going back.
            Command::Left if self.focus == Focus::Page => self.move_by(-1),
            Command::Right if self.focus == Focus::Page => self.move_by(1),
            _ if self.focus == Focus::Rows => self.on_rows(command),
            _ => return self.on_page(command, ctx),
        }
        Vec::new()
    }

    fn prepare(&mut self, ctx: &Ctx<'_>) {
        let none = Filter::default();
        let filter = self.filter.as_ref().unwrap_or(&none);
        let changed = self
            .order
            .refresh(&self.columns, self.sorting, (filter, self.edition), ctx);
        if !changed {
            return;
        }
        let found = self
            .selected
            .as_ref()
            .and_then(|selected| self.order.ids.iter().position(|id| id == selected));
        if let Some(at) = found {
            self.cursor = at;
            return;
        }
        // What is read now is gone: another object must not take its place unnoticed.
        if self.focus == Focus::Page {
            self.focus = Focus::Rows;
        }
        self.move_to(self.cursor);
    }

    fn draw(&self, buf: &mut ratatui::buffer::Buffer, area: Rect, ctx: &Ctx<'_>) {
        self.draw_all(buf, area, ctx);
    }

    fn contexts(&self) -> &'static [Context] {
        match (self.typing, self.focus) {
            (true, _) => &[Context::Input],
            (false, Focus::Rows) => &[Context::List, Context::Global],
            (false, Focus::Side | Focus::Page) => &[Context::Detail, Context::Global],
        }
    }

    fn hints(&self) -> &'static [Command] {
        match (self.typing, self.focus) {
            (true, _) => &[Command::Accept, Command::Cancel],
            (false, Focus::Rows) if K::HAS_TREE => &[
                Command::Open,
                Command::Actions,
                Command::ToggleTree,
                Command::Filter,
                Command::SortNext,
                Command::CopyName,
                Command::NextTab,
            ],
            (false, Focus::Rows) => &[
                Command::Open,
                Command::Actions,
                Command::Filter,
                Command::SortNext,
                Command::SortReverse,
                Command::CopyName,
                Command::NextTab,
            ],
            (false, Focus::Side | Focus::Page) if K::HAS_SPOTS => &[
                Command::Back,
                Command::Open,
                Command::Actions,
                Command::Down,
                Command::PageDown,
                Command::Right,
                Command::CopyName,
            ],
            (false, Focus::Side | Focus::Page) => &[
                Command::Back,
                Command::Actions,
                Command::Down,
                Command::PageDown,
                Command::Right,
                Command::CopyText,
            ],
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.typing.then_some(&mut self.field)
    }

    fn typed(&mut self) {
        self.refilter();
    }

    fn is_open(&self) -> bool {
        self.typing || self.focus != Focus::Rows || !self.field.is_empty()
    }

    fn click(&mut self, at: Position, ctx: &Ctx<'_>) -> Vec<Effect> {
        let drawn = self.drawn.get();
        if drawn.headings.contains(at) {
            if let Some(column) = self.column_at(drawn.headings, at.x) {
                self.sort_by(column);
            }
        } else if drawn.rows.contains(at) {
            self.focus = Focus::Rows;
            let row = self.first.get() + usize::from(at.y - drawn.rows.y);
            if row == self.cursor && self.selected.is_some() {
                return self.on(Command::Open, ctx);
            }
            if row < self.order.ids.len() {
                self.move_to(row);
            }
        } else if drawn.side.contains(at) {
            self.focus = Focus::Side;
            return self.click_page(at, ctx);
        } else if self.focus == Focus::Page {
            return self.click_page(at, ctx);
        }
        Vec::new()
    }

    fn wheel(&mut self, at: Position, rows: isize, _ctx: &Ctx<'_>) {
        if self.focus == Focus::Page || self.drawn.get().side.contains(at) {
            self.scroll.by(rows);
        } else {
            self.move_by(rows);
        }
    }

    fn show(&mut self, id: &ObjectRef, ctx: &Ctx<'_>) {
        let Some(id) = K::find(ctx.store, id) else {
            return;
        };
        if !self.order.ids.contains(&id) {
            self.field = Field::default();
            self.refilter();
            self.prepare(ctx);
        }
        if let Some(at) = self.order.ids.iter().position(|each| *each == id) {
            self.move_to(at);
            self.focus = Focus::Page;
        }
    }

    fn mark(&self) -> Mark {
        Some(Box::new(Stood::<K> {
            selected: self.selected.clone(),
            field: self.field.clone(),
            focus: self.focus,
            opened: self.opened.clone(),
        }))
    }

    fn recall(&mut self, mark: Mark, ctx: &Ctx<'_>) {
        let Some(Ok(stood)) = mark.map(<Box<dyn Any>>::downcast::<Stood<K>>) else {
            return;
        };
        self.field = stood.field;
        self.refilter();
        self.prepare(ctx);
        let mut ids = self.order.ids.iter();
        // What is gone meanwhile cannot be come back to; its list can.
        let Some(at) = ids.position(|id| Some(id) == stood.selected.as_ref()) else {
            self.focus = Focus::Rows;
            return;
        };
        self.move_to(at);
        self.focus = stood.focus;
        self.opened = stood.opened;
    }

    fn count(&self, store: &Store) -> Option<usize> {
        K::count(store)
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let Some(row) = self.row(ctx.store) else {
            return Vec::new();
        };
        let spot = self.opened.spot.as_deref();
        let spot = spot.filter(|_| self.focus != Focus::Rows);
        spot.and_then(|spot| K::offers_at(&row, spot, ctx))
            .unwrap_or_else(|| K::offers(&row, ctx))
    }

    fn checks(&self, ctx: &Ctx<'_>) -> Vec<ResourceRef> {
        match self.row(ctx.store) {
            Some(row) if self.focus != Focus::Rows => K::checks(&row, &self.opened, ctx),
            _ => Vec::new(),
        }
    }

    fn objects(&self, store: &Store) -> Vec<Found> {
        K::objects(store)
    }
}

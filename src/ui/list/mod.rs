//! A list of objects of one kind: columns by width, filter, sorting, and a full view of one row.
//!
//! What a kind is, is told by its pane's file (see [`Kind`]); how lists behave is told here, once.
//! Only the rows on the screen are formatted, and order and filter are worked out again only when
//! the tables they come from have changed.

mod columns;
mod draw;
mod empty;
mod filter;
mod kind;
mod order;
mod spots;
mod state;

pub use columns::Column;
pub use filter::{Filter, FilterError};
pub use kind::{Cell, Kind, Opened, SortKey};
pub use state::ListPane;

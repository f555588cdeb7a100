//! The cockpit's screen: layout, panes, overlays, widgets. It draws from `&Store` and changes only
//! what a person sees of it; what the world must do, it returns as effects.
//!
//! It knows no client, no source, no terminal and no clock: keys, time and data are handed in.

mod cockpit;
pub mod frame;
pub mod list;
mod log;
pub mod moment;
pub mod overlays;
pub mod pane;
pub mod panes;
pub mod widgets;

pub use cockpit::{Cockpit, Look, Pointer};

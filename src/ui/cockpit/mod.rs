//! The whole screen: how a session looks, which tabs it has now, what lies over them, and the keys'
//! way to all of it.

mod look;
mod overlay;
mod places;
mod screen;
mod trail;

pub use look::{Look, Pointer};
pub use screen::Cockpit;

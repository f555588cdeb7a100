//! The terminal: taken at the start, given back on every way out.
//!
//! Whoever draws holds a [`Screen`]; the real one is a [`Tty`]. Leaving, suspending and panicking
//! all end in the same place, which puts the terminal back once and only once.

mod clipboard;
mod notice;
mod panic;
mod tty;

pub use clipboard::{LONGEST_COPY, TooLong};
pub use notice::notice;
pub use panic::install_hooks;
pub use tty::{Screen, Tty, interactive};

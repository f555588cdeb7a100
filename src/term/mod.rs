//! The terminal: taken at the start, given back on every way out.
//!
//! Whoever draws holds a [`Screen`]; the real one is a [`Tty`]. Leaving, suspending and panicking
//! all end in the same place, which puts the terminal back once and only once.

mod clipboard;
mod modes;
mod notice;
mod panic;
mod raw;
mod tty;

pub use clipboard::{LONGEST_COPY, TooLong};
pub use modes::ask_to_end;
pub use notice::notice;
pub use panic::install_hooks;
pub use raw::{FromWire, Wire};
pub use tty::{Screen, Tty, interactive};

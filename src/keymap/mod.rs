//! Which key asks for which command: one table, read from TOML.
//!
//! The same table decides what a key does, and is what the footer, the help, the palette, `k3scope
//! keys` and the README show. It knows commands by name and nothing of what they do.

mod error;
mod key;
mod listing;
mod parse;
mod sequence;
mod table;

pub use error::KeymapError;
pub use key::Key;
pub use listing::{Entry, entries, markdown};
pub use sequence::Sequence;
pub use table::{Context, Keymap, Keys, Resolved};

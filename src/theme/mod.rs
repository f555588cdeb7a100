//! How things look: a role (text, warning, border) to a style, read from TOML.
//!
//! The screen names roles and never colours. A theme is fitted to what the terminal can show: all
//! colours, 256, 16, or none (`NO_COLOR`); meaning never rests on colour alone.

mod builtin;
mod colour;
mod depth;
mod parse;
mod role;

pub use builtin::{BUILTIN, builtin, default_for};
pub use depth::Depth;
pub use parse::ThemeError;
pub use role::{Role, Theme};

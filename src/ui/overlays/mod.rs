//! What lies over the panes: the help and the palette.

pub mod help;
pub mod palette;

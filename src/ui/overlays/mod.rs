//! What lies over the panes: the help, the palette, a question, the list of things to break.

pub mod breakages;
pub mod help;
pub mod palette;
pub mod question;

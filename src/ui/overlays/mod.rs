//! What lies over the panes: the help, the palette, a question, the menu of what can be done, the log
//! of what was done, the list of things to break, the log of a pod, an object as a whole.

pub mod action_log;
pub mod breakages;
mod choices;
pub mod forwards;
pub mod help;
pub mod menu;
pub mod palette;
pub mod pod_log;
pub mod proof;
pub mod question;
pub mod whole;

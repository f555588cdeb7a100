//! A node's log: which of its lines are looked at, what is searched in them, and those that are on
//! the screen. It knows no key and no node but the one that it is handed.

mod lines;
mod matches;
mod severity;
#[cfg(test)]
mod tests;
mod view;

pub(super) use view::{Look, View};

//! A log on the screen: which of its lines are looked at, what is searched in them, and those that are
//! shown. It knows no key, and of a log only what [`Log`] says: nodes and pods share it.

mod json;
mod lines;
mod matches;
mod needle;
mod severity;
#[cfg(test)]
mod tests;
mod typed;
mod view;

pub(in crate::ui) use needle::Needle;
pub(in crate::ui) use typed::{Typed, draw_typed};
pub(in crate::ui) use view::{Look, View};

use std::borrow::Cow;

use jiff::Timestamp;

/// Lines that were read, of which the newest are kept.
pub(in crate::ui) trait Log {
    /// Lines that were read in all, those forgotten included.
    fn read(&self) -> u64;

    /// Lines that are kept.
    fn kept(&self) -> usize;

    /// The line at a place among those kept.
    fn text(&self, place: usize) -> Option<&str>;

    /// When it was written, or read.
    fn at(&self, place: usize) -> Option<Timestamp>;

    /// Where it comes from, padded so that all lines begin in one column; spelled out where there is
    /// room.
    fn from(&self, place: usize, spelled: bool) -> Cow<'_, str>;
}

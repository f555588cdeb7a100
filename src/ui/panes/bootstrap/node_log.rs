//! A node's log, as every log is looked at.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::domain::bootstrap::LogOrigin;
use crate::store::bootstrap::NodeRun;
use crate::ui::log::Log;

impl Log for NodeRun {
    fn read(&self) -> u64 {
        self.read
    }

    fn kept(&self) -> usize {
        self.log.len()
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.log.get(place).map(|entry| entry.text.as_str())
    }

    fn at(&self, place: usize) -> Option<Timestamp> {
        self.log.get(place).map(|entry| entry.at)
    }

    fn from(&self, place: usize, spelled: bool) -> Cow<'_, str> {
        let origin = self.log.get(place).map(|entry| entry.origin);
        Cow::Borrowed(match (origin, spelled) {
            (Some(LogOrigin::Console), true) => "console    ",
            (Some(LogOrigin::CloudInit), true) => "cloud-init ",
            (Some(LogOrigin::Script), true) => "script     ",
            (Some(LogOrigin::Console), false) => "c ",
            (Some(LogOrigin::CloudInit), false) => "i ",
            (Some(LogOrigin::Script), false) => "s ",
            (None, _) => "",
        })
    }
}

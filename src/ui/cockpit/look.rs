//! What a session hands to its screen once, and what a mouse can do on it.

use jiff::tz::TimeZone;

use crate::keymap::Keymap;
use crate::theme::Theme;
use crate::ui::frame::header::Badges;

/// How a session looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Which key asks for what.
    pub keymap: Keymap,
    /// The themes to go round, the first one first; at least one.
    pub themes: Vec<Theme>,
    /// Where times are shown.
    pub zone: TimeZone,
    /// What is special about the session.
    pub badges: Badges,
    /// What can be broken on purpose, each with what it does; nothing outside the lab.
    pub breakages: Vec<(String, String)>,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button was pressed.
    Click,
    /// The wheel was turned away from the person.
    WheelUp,
    /// The wheel was turned towards the person.
    WheelDown,
}

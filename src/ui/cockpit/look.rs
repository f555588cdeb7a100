//! What a session hands to its screen once, and what a mouse can do on it.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

use crate::keymap::Keymap;
use crate::store::Store;
use crate::theme::Theme;
use crate::ui::frame::header::Badges;
use crate::ui::moment::Moment;
use crate::ui::pane::Ctx;

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

impl Look {
    /// The theme at this place of the round.
    pub(super) fn theme(&self, at: usize) -> &Theme {
        static FALLBACK: LazyLock<Theme> = LazyLock::new(Theme::plain);
        self.themes.get(at).unwrap_or(&FALLBACK)
    }

    /// What panes are drawn from, in this theme and at this moment.
    pub(super) fn ctx<'a>(&'a self, theme: usize, store: &'a Store, moment: &'a Moment) -> Ctx<'a> {
        Ctx {
            store,
            theme: self.theme(theme),
            moment,
            keymap: &self.keymap,
            read_only: self.badges.read_only,
        }
    }
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

//! How all logs are looked at: what is filtered and searched, whether lines are wrapped and dated.

use crate::ui::log::{Look, Needle, Typed};

/// How all logs are looked at.
#[derive(Debug, Default)]
pub(super) struct Looking {
    pub(super) filter: Typed,
    pub(super) search: Typed,
    /// Whether long lines are cut.
    pub(super) cut: bool,
    /// Whether the times of lines are left out.
    pub(super) untimed: bool,
}

/// The texts that are wanted, for as long as lines are looked at.
pub(super) struct Texts {
    filter: Needle,
    search: Needle,
}

impl Looking {
    /// What is wanted now.
    pub(super) fn texts(&self) -> Texts {
        Texts {
            filter: Needle::text(&self.filter.field.text()),
            search: Needle::text(&self.search.field.text()),
        }
    }

    /// How logs are drawn that hold these texts.
    pub(super) fn look<'a>(&self, texts: &'a Texts) -> Look<'a> {
        Look {
            wanted: &texts.filter,
            sought: &texts.search,
            wrapped: !self.cut,
            timed: !self.untimed,
            pretty: false,
        }
    }
}

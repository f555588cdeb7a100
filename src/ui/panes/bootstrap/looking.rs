//! How all logs are looked at: what is filtered and searched, whether lines are wrapped and dated.

use super::log::Look;
use crate::ui::widgets::field::Field;

/// Something typed, and what stood there before typing began, for `cancel`.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) field: Field,
    before: Field,
}

impl Typed {
    /// Typing begins.
    pub(super) fn begin(&mut self) {
        self.before = self.field.clone();
    }

    /// Typing is given up.
    pub(super) fn cancel(&mut self) {
        self.field = std::mem::take(&mut self.before);
    }

    /// Nothing is wanted any more.
    pub(super) fn clear(&mut self) {
        self.field = Field::default();
    }
}

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
    filter: String,
    search: String,
}

impl Looking {
    /// What is wanted now.
    pub(super) fn texts(&self) -> Texts {
        Texts {
            filter: self.filter.field.text(),
            search: self.search.field.text(),
        }
    }

    /// How logs are drawn that hold these texts.
    pub(super) fn look<'a>(&self, texts: &'a Texts) -> Look<'a> {
        Look {
            wanted: &texts.filter,
            sought: &texts.search,
            wrapped: !self.cut,
            timed: !self.untimed,
        }
    }
}

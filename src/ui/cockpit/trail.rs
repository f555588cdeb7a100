//! Where a person jumped from: the tabs, and where they were in each.

use crate::effect::Place;
use crate::ui::pane::Mark;

/// As many jumps are remembered.
const MOST: usize = 32;

/// The jumps that can be gone back, the last one last.
#[derive(Default)]
pub(super) struct Trail(Vec<(Place, Mark)>);

impl Trail {
    /// A person leaves this place by a jump.
    pub(super) fn left(&mut self, place: Place, mark: Mark) {
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((place, mark));
    }

    /// Where the last jump began; it is forgotten.
    pub(super) fn back(&mut self) -> Option<(Place, Mark)> {
        self.0.pop()
    }
}

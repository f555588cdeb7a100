//! The checks of a preflight, as far as they have come.

use crate::domain::line::Line;
use crate::domain::preflight::{Checked, Listed, PreflightEvent, Verdict};

/// A preflight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preflight {
    /// Each check and what came of it, in the order in which they are shown.
    pub checks: Vec<(Listed, Option<Checked>)>,
    /// Whether all have ended.
    pub finished: bool,
}

impl Preflight {
    /// How many checks came to this.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks
            .iter()
            .filter_map(|(_, checked)| checked.as_ref())
            .filter(|checked| checked.verdict == verdict)
            .count()
    }

    /// How many are still out.
    pub fn outstanding(&self) -> usize {
        let open = self.checks.iter().filter(|(_, checked)| checked.is_none());
        open.count()
    }

    fn place(&mut self, name: &Line) -> Option<&mut Option<Checked>> {
        let mut checks = self.checks.iter_mut();
        checks
            .find(|(listed, _)| listed.name == *name)
            .map(|(_, checked)| checked)
    }
}

pub(super) fn fold(preflight: &mut Option<Preflight>, event: PreflightEvent) {
    if let PreflightEvent::Started { checks } = event {
        *preflight = Some(Preflight {
            checks: checks.into_iter().map(|listed| (listed, None)).collect(),
            finished: false,
        });
        return;
    }
    let Some(preflight) = preflight else {
        return;
    };
    match event {
        PreflightEvent::Started { .. } => {}
        PreflightEvent::Checked(checked) => {
            if let Some(place) = preflight.place(&checked.name) {
                *place = Some(checked);
            }
        }
        PreflightEvent::Finished { .. } => preflight.finished = true,
    }
}

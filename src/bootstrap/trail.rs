//! Where a node's script is, from all markers that were seen of it.
//!
//! Console and log tell the same markers at different times, and a late start reads them all at
//! once: so what counts is not when a marker was read but when the node printed it. Any order and
//! any repetition of the same markers gives the same end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::bootstrap::Stage;
use crate::domain::line::Line;
use crate::domain::topology::Role;

use super::marker::{Marker, State};

/// Beginnings that are remembered of a stage; the oldest are forgotten.
const BEGINNINGS: usize = 32;

/// How far the script is with one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The node has booted since, and the script has not come to it again.
    Again,
    /// Under way, waiting for this.
    Running(Line),
    /// Done.
    Done {
        /// In how many seconds of the node's clock, where both its beginning and its end were seen.
        took: Option<u64>,
    },
    /// Failed: the command and its exit status.
    Failed(Line),
}

/// A boot of the node, and its uptime in it.
pub(super) type Moment = (u32, Duration);

/// A marker and the boot of the node in which it was printed.
type Dated = (u32, Marker);

/// The newest marker of each stage, and when each was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trail {
    role: Role,
    newest: BTreeMap<Stage, Dated>,
    begun: BTreeMap<Stage, BTreeSet<Moment>>,
}

impl Trail {
    /// Nothing was seen yet.
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            newest: BTreeMap::new(),
            begun: BTreeMap::new(),
        }
    }

    /// Takes in a marker that was printed in the `boot`-th boot.
    pub(super) fn learn(&mut self, boot: u32, marker: Marker) {
        if marker.state == State::Start {
            let begun = self.begun.entry(marker.stage).or_default();
            begun.insert((boot, marker.uptime));
            if begun.len() > BEGINNINGS {
                begun.pop_first();
            }
        }
        let dated = (boot, marker);
        let stage = dated.1.stage;
        match self.newest.get(&stage) {
            Some(known) if *known >= dated => {}
            _ => {
                self.newest.insert(stage, dated);
            }
        }
    }

    /// When the newest marker of a stage was printed.
    pub(super) fn newest(&self, stage: Stage) -> Option<Moment> {
        let (boot, marker) = self.newest.get(&stage)?;
        Some((*boot, marker.uptime))
    }

    /// How far each stage is that something is known of. The script goes through its stages in
    /// order, so what it does later proves what came before, torn markers or not. After a boot it
    /// goes through all of them again.
    pub(super) fn reached(&self) -> Vec<(Stage, Reached)> {
        let last_boot = self.newest.values().map(|(boot, _)| *boot).max();
        let mut later: Option<Moment> = None;
        let mut reached = Vec::new();
        for stage in Stage::of_script(self.role).iter().rev() {
            let own = self.newest.get(stage);
            let at = own.map(|(boot, marker)| (*boot, marker.uptime));
            let is_passed = later.is_some_and(|later| at.is_none_or(|at| later >= at));
            later = later.max(at);
            let state = match own {
                None if !is_passed => continue,
                _ if later.map(|(boot, _)| boot) != last_boot => Reached::Again,
                Some((_, marker)) if !is_passed => match marker.state {
                    State::Start => Reached::Running(Line::default()),
                    State::Wait => Reached::Running(marker.detail.clone()),
                    State::Failed => Reached::Failed(marker.detail.clone()),
                    State::Ok => self.done(*stage),
                },
                _ => self.done(*stage),
            };
            reached.push((*stage, state));
        }
        reached.reverse();
        reached
    }

    /// Done, in the time between its last end and the beginning before that.
    fn done(&self, stage: Stage) -> Reached {
        let took = self.newest.get(&stage).and_then(|(boot, marker)| {
            let end = (*boot, marker.uptime);
            let mut begun = self.begun.get(&stage)?.range(..=end);
            let (_, from) = begun.next_back().filter(|begun| begun.0 == *boot)?;
            let took = marker.uptime.saturating_sub(*from);
            (marker.state == State::Ok).then_some(took.as_secs())
        });
        Reached::Done { took }
    }
}

/// Counts boots in one stream of markers: uptime that falls behind is a new boot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Boots {
    boot: u32,
    last: Duration,
}

impl Boots {
    /// The boot of the next marker in the stream.
    pub(super) fn of(&mut self, marker: &Marker) -> u32 {
        if marker.uptime < self.last {
            self.boot += 1;
        }
        self.last = marker.uptime;
        self.boot
    }

    /// How many boots followed the first.
    pub(super) fn again(&self) -> u32 {
        self.boot
    }
}

#[cfg(test)]
mod tests;

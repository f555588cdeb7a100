//! Where a node's script is, from all markers that were seen of it.
//!
//! Console and log tell the same markers at different times, and a late start reads them all at
//! once: so what counts is not when a marker was read but when the node printed it. Any order and
//! any repetition of the same markers gives the same end.

use std::collections::BTreeMap;

use crate::domain::bootstrap::Stage;
use crate::domain::line::Line;
use crate::domain::topology::Role;

use super::marker::{Marker, State};

/// How far the script is with one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// Under way, waiting for this.
    Running(Line),
    /// Done.
    Done,
    /// Failed: the command and its exit status.
    Failed(Line),
}

/// A marker and the boot of the node in which it was printed.
type Dated = (u32, Marker);

/// The newest marker of each stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trail {
    role: Role,
    newest: BTreeMap<Stage, Dated>,
}

impl Trail {
    /// Nothing was seen yet.
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            newest: BTreeMap::new(),
        }
    }

    /// Takes in a marker that was printed in the `boot`-th boot.
    pub(super) fn learn(&mut self, boot: u32, marker: Marker) {
        let dated = (boot, marker);
        let stage = dated.1.stage;
        match self.newest.get(&stage) {
            Some(known) if *known >= dated => {}
            _ => {
                self.newest.insert(stage, dated);
            }
        }
    }

    /// How far each stage is that something is known of. The script goes through its stages in
    /// order, so what it does later proves what came before, torn markers or not.
    pub(super) fn reached(&self) -> Vec<(Stage, Reached)> {
        let mut later: Option<(u32, std::time::Duration)> = None;
        let mut reached = Vec::new();
        for stage in Stage::of_script(self.role).iter().rev() {
            let own = self.newest.get(stage);
            let at = own.map(|(boot, marker)| (*boot, marker.uptime));
            let is_passed = later.is_some_and(|later| at.is_none_or(|at| later >= at));
            later = later.max(at);
            let state = match own {
                _ if is_passed => Reached::Done,
                None => continue,
                Some((_, marker)) => match marker.state {
                    State::Start => Reached::Running(Line::default()),
                    State::Wait => Reached::Running(marker.detail.clone()),
                    State::Failed => Reached::Failed(marker.detail.clone()),
                    State::Ok => Reached::Done,
                },
            };
            reached.push((*stage, state));
        }
        reached.reverse();
        reached
    }
}

/// Counts boots in one stream of markers: uptime that falls behind is a new boot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Boots {
    boot: u32,
    last: std::time::Duration,
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
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn marker(stage: Stage, how: State, seconds: u64) -> Marker {
        Marker {
            uptime: Duration::from_secs(seconds),
            state: how,
            stage,
            detail: "10.0.2.10:6443".into(),
        }
    }

    fn whole_run() -> Vec<Marker> {
        let stages = Stage::of_script(Role::Worker);
        let run = [State::Start, State::Wait, State::Ok];
        (0_u64..)
            .zip(stages.iter().flat_map(|stage| run.map(|how| (*stage, how))))
            .map(|(seconds, (stage, how))| marker(stage, how, 20 + seconds))
            .collect()
    }

    #[rstest]
    #[case::waits(&[marker(Stage::Firewall, State::Ok, 3), marker(Stage::Route, State::Wait, 4)],
        &[(Stage::Firewall, Reached::Done), (Stage::Route, Reached::Running("10.0.2.10:6443".into()))])]
    #[case::what_was_torn_is_proved(&[marker(Stage::Download, State::Start, 9)],
        &[(Stage::Firewall, Reached::Done), (Stage::Route, Reached::Done), (Stage::Download, Reached::Running(Line::default()))])]
    #[case::failed(&[marker(Stage::Firewall, State::Start, 3), marker(Stage::Firewall, State::Failed, 4)],
        &[(Stage::Firewall, Reached::Failed("10.0.2.10:6443".into()))])]
    #[case::run_again(&[marker(Stage::Firewall, State::Failed, 4), marker(Stage::Firewall, State::Start, 90)],
        &[(Stage::Firewall, Reached::Running(Line::default()))])]
    fn a_trail_tells_where_the_script_is(
        #[case] seen: &[Marker],
        #[case] reached: &[(Stage, Reached)],
    ) {
        let mut trail = Trail::new(Role::Worker);
        for marker in seen {
            trail.learn(0, marker.clone());
        }
        assert_eq!(trail.reached(), reached);
    }

    #[test]
    fn a_reboot_counts_from_its_own_zero() {
        let mut trail = Trail::new(Role::Worker);
        let mut boots = Boots::default();
        for seen in [
            marker(Stage::Firewall, State::Ok, 30),
            marker(Stage::Route, State::Failed, 330),
            marker(Stage::Firewall, State::Ok, 25),
            marker(Stage::Route, State::Ok, 40),
        ] {
            trail.learn(boots.of(&seen), seen);
        }
        assert_eq!(
            trail.reached(),
            [
                (Stage::Firewall, Reached::Done),
                (Stage::Route, Reached::Done)
            ]
        );
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_gives_the_same_end(
            seen in proptest::sample::subsequence(whole_run(), 0..=15)
                .prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle(), 1_usize..4))
        ) {
            let (in_order, shuffled, times) = seen;
            let mut straight = Trail::new(Role::Worker);
            for marker in in_order {
                straight.learn(0, marker);
            }
            let mut mixed = Trail::new(Role::Worker);
            for _ in 0..times {
                for marker in &shuffled {
                    mixed.learn(0, marker.clone());
                }
            }
            prop_assert_eq!(straight.reached(), mixed.reached());
            let done = |(_, reached): &(Stage, Reached)| *reached == Reached::Done;
            prop_assert!(straight.reached().iter().rev().skip(1).all(done), "what came before is done");
        }
    }
}

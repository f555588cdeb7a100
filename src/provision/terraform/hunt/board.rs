//! What a hunt by runs of Terraform goes by: its state, where nodes stand, what was answered last.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::hunt::{LaunchAnswer, Place};
use crate::domain::plan::ResourceKey;
use crate::domain::problem::Problem;
use crate::oci::Error;
use crate::provision::direct::Survey;
use crate::provision::hunt::words::Last;
use crate::provision::hunt::{Ground, Hunt, Rhythm, Turn};
use crate::provision::journal::HuntPast;
use crate::provision::terraform::Program;

/// One launch: of which node, where, and its number over all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Launch {
    pub(super) key: ResourceKey,
    pub(super) place: Place,
    pub(super) number: u32,
}

/// A launch that OCI refused, and what that means.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) launch: Launch,
    pub(super) error: Error,
    pub(super) answer: LaunchAnswer,
    /// How it is told where it ends the step.
    pub(super) problem: Problem,
}

/// A hunt.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) hunt: Hunt,
    pub(super) rhythm: Rhythm,
    pub(super) last: Option<Last>,
    /// The launch that ended it, and why.
    pub(super) refused: Option<(ResourceKey, Problem)>,
    /// Where the nodes stand that are there. Each plan is told, so that none wants to move them, even
    /// where somebody took the folder's own protection away.
    pub(super) stands: BTreeMap<ResourceKey, Place>,
    /// How the quota names the compartment, as far as that is known.
    pub(super) quota_scope: Option<String>,
    /// The program, once the folder is initialised.
    pub(super) program: Option<Program>,
    /// Plans in a row that could not be made.
    pub(super) unplanned: u32,
    /// Terraform was interrupted, by whomever.
    pub(super) is_stopped: bool,
}

impl Board {
    /// A hunt as `hunt` has it from the past, on what `survey` shows. Without one there is no place yet.
    pub(super) fn new(mut hunt: Hunt, rhythm: Rhythm, survey: Option<&Survey>) -> Self {
        let lacking: Vec<ResourceKey> = hunt.lacking().iter().cloned().collect();
        let preferred: BTreeMap<&ResourceKey, &Place> =
            survey.into_iter().flat_map(Survey::preferred).collect();
        for key in &lacking {
            if let Some(place) = preferred.get(key) {
                hunt.ask(key, (*place).clone(), None);
            }
        }
        let standing = survey.into_iter().flat_map(Survey::standing);
        Self {
            stands: standing.filter(|(key, _)| !lacking.contains(key)).collect(),
            quota_scope: survey.and_then(Survey::quota_scope).map(str::to_owned),
            hunt,
            rhythm,
            last: None,
            refused: None,
            program: None,
            unplanned: 0,
            is_stopped: false,
        }
    }

    /// Takes in where nodes can be launched, where that was not known.
    pub(super) fn learn(&mut self, survey: &Survey, past: &HuntPast) {
        self.quota_scope = survey.quota_scope().map(str::to_owned);
        self.hunt.ground = Ground::new(survey.places().to_vec(), past.tries.clone());
        for (key, place) in survey.preferred() {
            if self.hunt.lacking().contains(key) {
                self.hunt.ask(key, place.clone(), None);
            }
        }
    }

    /// What is to be done now, and for which node.
    pub(super) fn turn(&mut self, now: Timestamp) -> (Option<ResourceKey>, Turn) {
        let keys: Vec<ResourceKey> = self.hunt.lacking().iter().cloned().collect();
        let mut soonest: Option<Timestamp> = None;
        for key in keys {
            match self.hunt.turn(&key, now) {
                Turn::Wait(until) => {
                    soonest = soonest.into_iter().chain(until).min();
                }
                turn @ (Turn::Launch(..) | Turn::Report | Turn::Over(_)) => {
                    return (Some(key), turn);
                }
            }
        }
        (None, Turn::Wait(soonest))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::clock::Clock;
    use crate::domain::hunt::HuntEvent;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn place(number: u32) -> Place {
        Place {
            availability_domain: format!("x:AD-{number}"),
            fault_domain: None,
        }
    }

    #[test]
    fn what_the_first_run_launched_is_hunted_for_one_at_a_time() {
        let keys = ["node-a", "node-b"].map(ResourceKey::new);
        let rhythm = Rhythm::of(Clock::default(), Duration::from_hours(1));
        let past = HuntPast {
            launches: 2,
            tries: BTreeMap::from([((keys[0].clone(), place(1)), 1)]),
            ..HuntPast::default()
        };
        let lacking = BTreeSet::from(keys.clone());
        let places = vec![place(1), place(2)];
        let hunt = Hunt::new(rhythm, places, lacking, &past, (at(0), 3_600));
        let mut board = Board::new(hunt, rhythm, None);
        for (key, number) in keys.iter().zip(1..) {
            board.hunt.ask(key, place(number), None);
            board.hunt.went_out(key, &place(number), number);
        }
        let full = LaunchAnswer::OutOfCapacity;
        let none = Duration::ZERO;
        let heard = board
            .hunt
            .answered((&keys[0], &place(1)), full, (at(10), none));
        assert!(matches!(heard.events[..], [HuntEvent::Began { .. }]));
        assert_eq!(
            board.turn(at(10)).1,
            Turn::Wait(Some(at(3_610))),
            "b is out"
        );
        board
            .hunt
            .answered((&keys[1], &place(2)), full, (at(11), none));
        assert_eq!(board.turn(at(70)), (Some(keys[0].clone()), Turn::Report));
        assert_eq!(board.turn(at(70)), (None, Turn::Wait(Some(at(71)))));
        let launch = Turn::Launch(place(2), 3);
        assert_eq!(
            board.turn(at(71)),
            (Some(keys[0].clone()), launch),
            "the other place"
        );
        assert_eq!(
            board.turn(at(72)).1,
            Turn::Wait(Some(at(3_610))),
            "it is out"
        );
    }
}

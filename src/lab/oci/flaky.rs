//! A service in a bad mood: of so many requests one fails, each time in the next of six ways.
//!
//! Which one is decided by a seed alone, so the same requests in the same order fail alike.

use std::time::Duration;

use super::fault::Fault;
use crate::lab::scenario::Flaky;

const WAIT_BEFORE_RETRY: Duration = Duration::from_secs(5);
const LATE: Duration = Duration::from_secs(15);
const WAYS: u64 = 6;

/// How far the mood has come.
#[derive(Debug)]
pub(super) struct Moods {
    plan: Flaky,
    seen: u64,
}

impl Moods {
    pub(super) fn new(plan: Flaky) -> Self {
        Self { plan, seen: 0 }
    }

    /// What befalls the next request.
    pub(super) fn next(&mut self) -> Option<Fault> {
        let every = self.plan.one_in;
        let (round, place) = (self.seen / every, self.seen % every);
        self.seen += 1;
        (place == mixed(self.plan.seed, round) % every).then(|| match round % WAYS {
            0 => Fault::Status(
                500,
                "InternalServerError".to_owned(),
                "Internal Server Error".to_owned(),
            ),
            1 => Fault::Status(
                503,
                "ServiceUnavailable".to_owned(),
                "Service is temporarily unavailable.".to_owned(),
            ),
            2 => Fault::Busy(WAIT_BEFORE_RETRY),
            3 => Fault::Cut,
            4 => Fault::AfterDoing,
            _ => Fault::Slow(LATE),
        })
    }
}

/// Spreads neighbouring numbers: the finaliser of `SplitMix64`.
fn mixed(seed: u64, round: u64) -> u64 {
    let mut bits = seed
        .wrapping_add(round.wrapping_add(1))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64) -> Vec<Option<&'static str>> {
        let one_in = 7.try_into().unwrap();
        let mut moods = Moods::new(Flaky { one_in, seed });
        (0..84)
            .map(|_| {
                moods.next().map(|fault| match fault {
                    Fault::Status(500, ..) => "500",
                    Fault::Status(..) => "503",
                    Fault::Busy(_) => "429",
                    Fault::Cut => "cut",
                    Fault::AfterDoing => "lost",
                    Fault::Slow(_) => "slow",
                })
            })
            .collect()
    }

    #[test]
    fn one_of_seven_fails_in_turn_and_the_seed_decides_which() {
        let befell = plan(1);
        for round in befell.chunks(7) {
            assert_eq!(round.iter().flatten().count(), 1);
        }
        let ways: Vec<&str> = befell.iter().flatten().copied().collect();
        assert_eq!(ways[..6], ["500", "503", "429", "cut", "lost", "slow"]);
        assert_eq!(ways[..6], ways[6..]);
        assert_eq!(befell, plan(1));
        assert_ne!(befell, plan(2));
    }
}

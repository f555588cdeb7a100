//! How fast a hunt goes. OCI counts launches by the minute, and accounts that hammered it for days
//! were taken away, so these are not settings.

use std::time::Duration;

use crate::clock::Clock;

/// The least time between two launches once one was turned away.
const GAP: Duration = Duration::from_mins(1);
/// What jitter adds to that at the most, so that many hunters do not march in step.
const SPREAD: Duration = Duration::from_secs(6);
/// The longest that "too many requests" is backed off from.
const LONGEST_BACKOFF: Duration = Duration::from_mins(15);
/// How old a capacity report may be.
const REPORT_EVERY: Duration = Duration::from_mins(5);
/// Between two launches of one node that a limit is said to forbid.
const LIMIT_GAP: Duration = Duration::from_mins(5);
/// For how long OCI's books may lag behind. An hour, and some.
const LONGEST_LAG: Duration = Duration::from_mins(75);
/// Times that an unclear or a throttled launch is repeated where nothing is hunted for.
pub(in crate::provision) const MOST_REPEATS: u32 = 8;

/// The times by which a hunt goes, at the clock's pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::provision) struct Rhythm {
    pub(in crate::provision) gap: Duration,
    pub(in crate::provision) spread: Duration,
    pub(in crate::provision) longest_backoff: Duration,
    pub(in crate::provision) report_every: Duration,
    pub(in crate::provision) limit_gap: Duration,
    pub(in crate::provision) longest_lag: Duration,
    /// For how long it is hunted; zero gives up at the first refusal.
    pub(in crate::provision) hunt_for: Duration,
}

impl Rhythm {
    /// How long a launch without a clear answer waits to be repeated, at no pace.
    pub(in crate::provision) const REPEAT: Duration = GAP;

    pub(in crate::provision) fn of(clock: Clock, hunt_for: Duration) -> Self {
        Self {
            gap: clock.at_pace(GAP),
            spread: clock.at_pace(SPREAD),
            longest_backoff: clock.at_pace(LONGEST_BACKOFF),
            report_every: clock.at_pace(REPORT_EVERY),
            limit_gap: clock.at_pace(LIMIT_GAP),
            longest_lag: clock.at_pace(LONGEST_LAG),
            hunt_for: clock.at_pace(hunt_for),
        }
    }

    /// What is waited beyond the gap after an answer that asks for `asked`: jitter, or what is left
    /// of that.
    pub(in crate::provision) fn beyond(&self, clock: Clock, asked: Duration) -> Duration {
        let longer = clock.at_pace(asked).saturating_sub(self.gap);
        clock.jitter(self.spread).max(longer)
    }

    /// How long to stay away after so many refusals in a row for too many requests.
    pub(in crate::provision) fn backoff(&self, in_a_row: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(in_a_row.saturating_sub(1));
        self.gap
            .saturating_mul(doubled)
            .min(self.longest_backoff)
            .max(self.gap)
    }
}

//! The only caller of `now`, sleep, timeout and jitter.
//!
//! Everything that waits holds a [`Clock`]. Its pace divides waits, so that the lab's world and the
//! product that watches it can run faster together; `now` stays real, because signed requests and
//! certificates are dated.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is the door to real time"
)]

use std::future::Future;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Real time, with waits divided by a pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    pace: f64,
}

/// Something took longer than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct Elapsed(pub Duration);

impl Default for Clock {
    fn default() -> Self {
        Self { pace: 1.0 }
    }
}

impl Clock {
    /// Waits run `pace` times as fast; what is not a positive number is taken for 1.
    pub fn paced(pace: f64) -> Self {
        Self {
            pace: if pace.is_finite() && pace > 0.0 {
                pace
            } else {
                1.0
            },
        }
    }

    /// The real date and time.
    pub fn now(self) -> Timestamp {
        Timestamp::now()
    }

    /// A real reading for measuring how long something takes.
    pub fn instant(self) -> Instant {
        Instant::now()
    }

    /// What remains of `wait` at this clock's pace.
    pub fn at_pace(self, wait: Duration) -> Duration {
        wait.div_f64(self.pace)
    }

    /// Waits for `wait`, at this clock's pace.
    pub async fn sleep(self, wait: Duration) {
        tokio::time::sleep(self.at_pace(wait)).await;
    }

    /// Waits until that moment, which is one that people are told: no pace applies.
    pub async fn sleep_until(self, moment: Timestamp) {
        let wait = moment.duration_since(self.now());
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
    }

    /// Lets `task` take at most `limit` of real time: the other side of a connection does not know
    /// of our pace.
    pub async fn timeout<F: Future>(self, limit: Duration, task: F) -> Result<F::Output, Elapsed> {
        tokio::time::timeout(limit, task)
            .await
            .map_err(|_| Elapsed(limit))
    }

    /// A random wait between half of `wait` and all of it, so that retries do not march in step.
    pub fn jitter(self, wait: Duration) -> Duration {
        let mut random = [0_u8; 4];
        let share = match getrandom::fill(&mut random) {
            Ok(()) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
            Err(_) => 1.0,
        };
        wait.mul_f64(0.5 + share / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_divides_waits() {
        let minute = Duration::from_mins(1);
        assert_eq!(Clock::paced(30.0).at_pace(minute), Duration::from_secs(2));
        assert_eq!(Clock::paced(0.0).at_pace(minute), minute);
        assert_eq!(Clock::paced(f64::NAN).at_pace(minute), minute);
    }

    #[test]
    fn jitter_stays_between_half_and_all() {
        let minute = Duration::from_mins(1);
        for _ in 0..100 {
            let wait = Clock::default().jitter(minute);
            assert!(wait >= minute / 2 && wait <= minute);
        }
    }
}

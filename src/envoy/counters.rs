//! From counters that only rise to rates: what lies between two readings.
//!
//! A counter that has fallen belongs to a proxy that was started again; what it says was counted
//! since then, so all of it lies between the two.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::proxy::{Latency, PerSecond, ProxyTraffic, Rates, Traffic};

/// Counters at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Of all listeners together.
    pub whole: Counters,
    /// By cluster.
    pub clusters: BTreeMap<Line, Counters>,
}

/// What is counted, since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that were answered.
    pub requests: u64,
    /// Those with a status of 500 or more.
    pub failed: u64,
    /// Requests that took no longer than so many microseconds, rising.
    pub time: Vec<(u64, u64)>,
}

impl Reading {
    /// One in which nothing was counted.
    pub(super) fn at(at: Timestamp) -> Self {
        Self {
            at,
            whole: Counters::default(),
            clusters: BTreeMap::new(),
        }
    }
}

impl Counters {
    /// Adds the histogram of another listener; the bounds are those of the proxy, so they are the same.
    pub(super) fn add_time(&mut self, buckets: &[(u64, u64)]) {
        if self.time.is_empty() {
            self.time = buckets.to_vec();
            return;
        }
        for ((_, sum), (_, more)) in self.time.iter_mut().zip(buckets) {
            *sum = sum.saturating_add(*more);
        }
    }

    fn since(&self, before: &Self) -> Self {
        if self.requests < before.requests {
            return self.clone();
        }
        let earlier: BTreeMap<u64, u64> = before.time.iter().copied().collect();
        let time = self.time.iter().map(|(bound, count)| {
            let before = earlier.get(bound).copied().unwrap_or_default();
            (*bound, count.saturating_sub(before))
        });
        Self {
            requests: self.requests.saturating_sub(before.requests),
            failed: self.failed.saturating_sub(before.failed),
            time: time.collect(),
        }
    }

    /// The time within which `percent` of a hundred requests were answered: inside of a bucket they
    /// are taken to be spread evenly. Nothing where none was answered.
    fn quantile(&self, percent: u64) -> Option<Latency> {
        let total = self.time.last().map(|(_, count)| *count)?;
        if total == 0 {
            return None;
        }
        let wanted = total.saturating_mul(percent).div_ceil(100).max(1);
        let mut lower = (0, 0);
        for (bound, count) in &self.time {
            if *count >= wanted {
                let (from, below) = lower;
                let inside = count.saturating_sub(below).max(1);
                let share = bound
                    .saturating_sub(from)
                    .saturating_mul(wanted.saturating_sub(below))
                    / inside;
                return Some(Latency(from.saturating_add(share)));
            }
            lower = (*bound, *count);
        }
        None
    }
}

/// What a proxy served up to `now`, and how fast since `before`.
pub fn traffic(id: ObjectRef, before: Option<&Reading>, now: &Reading) -> ProxyTraffic {
    let nothing = Counters::default();
    let rates = |earlier: Option<&Counters>, counters: &Counters| {
        let before = before?;
        let elapsed = now.at.duration_since(before.at).as_millis();
        let elapsed = u64::try_from(elapsed).ok().filter(|it| *it > 0)?;
        let since = counters.since(earlier.unwrap_or(&nothing));
        let rate = |count: u64| PerSecond(count.saturating_mul(1_000_000) / elapsed);
        Some(Rates {
            requests: rate(since.requests),
            failed: rate(since.failed),
            p50: since.quantile(50),
            p99: since.quantile(99),
        })
    };
    let told = |earlier: Option<&Counters>, counters: &Counters| Traffic {
        requests: counters.requests,
        failed: counters.failed,
        now: rates(earlier, counters),
    };
    let clusters = now.clusters.iter().map(|(name, counters)| {
        let earlier = before.and_then(|before| before.clusters.get(name));
        (name.clone(), told(earlier, counters))
    });
    ProxyTraffic {
        id,
        at: Some(now.at),
        whole: told(before.map(|before| &before.whole), &now.whole),
        clusters: clusters.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn reading(second: i64, counters: Counters) -> Reading {
        Reading {
            whole: counters.clone(),
            clusters: [("httproute/docs/docs/rule/0".into(), counters)].into(),
            ..Reading::at(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second))
        }
    }

    fn counters(requests: u64, failed: u64, time: &[u64]) -> Counters {
        let bounds = [500, 1_000, 5_000, 10_000];
        Counters {
            requests,
            failed,
            time: bounds.into_iter().zip(time.iter().copied()).collect(),
        }
    }

    fn between(before: Counters, now: Counters) -> ProxyTraffic {
        let (before, now) = (reading(0, before), reading(10, now));
        traffic(ObjectRef::default(), Some(&before), &now)
    }

    #[test]
    fn the_first_reading_has_totals_and_no_rate() {
        let told = traffic(
            ObjectRef::default(),
            None,
            &reading(0, counters(7, 1, &[7])),
        );
        assert_eq!((told.whole.requests, told.whole.failed), (7, 1));
        assert_eq!(told.whole.now, None);
    }

    #[test]
    fn rates_are_those_of_the_time_between() {
        let told = between(
            counters(1_000, 10, &[900, 1_000, 1_000, 1_000]),
            counters(1_100, 12, &[900, 1_050, 1_098, 1_100]),
        );
        let now = told.whole.now.unwrap();
        assert_eq!(
            (now.requests, now.failed),
            (PerSecond(10_000), PerSecond(200))
        );
        assert_eq!(
            now.p50,
            Some(Latency(1_000)),
            "half lie between 0.5 and 1 ms"
        );
        assert_eq!(now.p99, Some(Latency(7_500)), "half of the last bucket");
        let cluster = told.clusters.values().next().unwrap();
        assert_eq!(cluster.now, told.whole.now);
    }

    #[test]
    fn a_proxy_that_was_started_again_counts_from_nothing() {
        let told = between(
            counters(1_000, 10, &[1_000, 1_000, 1_000, 1_000]),
            counters(20, 1, &[20, 20, 20, 20]),
        );
        let now = told.whole.now.unwrap();
        assert_eq!(
            (now.requests, now.failed),
            (PerSecond(2_000), PerSecond(100))
        );
    }

    #[test]
    fn where_nothing_was_asked_there_is_no_latency() {
        let same = counters(9, 0, &[9, 9, 9, 9]);
        let now = between(same.clone(), same).whole.now.unwrap();
        assert_eq!((now.requests, now.p50, now.p99), (PerSecond(0), None, None));
    }

    #[test]
    fn a_cluster_that_is_new_had_nothing_before() {
        let mut before = reading(0, counters(10, 0, &[10]));
        before.clusters.clear();
        let now = reading(10, counters(30, 0, &[30]));
        let told = traffic(ObjectRef::default(), Some(&before), &now);
        let rate = |of: &Traffic| of.now.unwrap().requests;
        assert_eq!(rate(&told.whole), PerSecond(2_000));
        assert_eq!(
            rate(told.clusters.values().next().unwrap()),
            PerSecond(3_000)
        );
    }
}

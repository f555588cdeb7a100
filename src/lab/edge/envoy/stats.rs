//! Counters and histograms, as Envoy's admin tells them: of requests that were served here, and of
//! the scenario's steady traffic, which is computed from how long it flows.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::translate::Translation;
use crate::lab::controllers::data_plane::{DataPlane, Served, Steady};
use crate::lab::controllers::object::{dated, text};

/// Upper bounds in microseconds, and how many of a thousand steady requests stay below.
const BUCKETS: &[(u64, u64)] = &[
    (500, 0),
    (1_000, 24),
    (5_000, 310),
    (10_000, 590),
    (25_000, 820),
    (50_000, 930),
    (100_000, 975),
    (250_000, 994),
    (500_000, 998),
    (1_000_000, 1_000),
    (2_500_000, 1_000),
    (5_000_000, 1_000),
    (10_000_000, 1_000),
    (30_000_000, 1_000),
    (60_000_000, 1_000),
    (300_000_000, 1_000),
    (600_000_000, 1_000),
    (1_800_000_000, 1_000),
    (3_600_000_000, 1_000),
];

/// What one prefix counted.
#[derive(Clone, Debug, Default)]
struct Numbers {
    requests: u64,
    failed: u64,
    /// As long as [`BUCKETS`]; empty where nothing was timed.
    below: Vec<u64>,
}

impl Numbers {
    fn add(&mut self, more: &Self) {
        self.requests += more.requests;
        self.failed += more.failed;
        if self.below.is_empty() {
            self.below.clone_from(&more.below);
            return;
        }
        for (sum, one) in self.below.iter_mut().zip(&more.below) {
            *sum += one;
        }
    }

    fn of_served(served: &Served) -> Self {
        let below = BUCKETS.iter().map(|(bound, _)| {
            let bound = Duration::from_micros(*bound);
            served.took.range(..=bound).map(|(_, count)| count).sum()
        });
        Self {
            requests: served.requests,
            failed: served.failed,
            below: below.collect(),
        }
    }

    fn of_steady(steady: Steady, share: u64, flowing: Duration) -> Self {
        let requests = flowing.as_secs() * steady.per_minute * share / 60;
        let below = BUCKETS.iter().map(|(_, part)| requests * part / 1_000);
        Self {
            requests,
            failed: requests * steady.failed_per_thousand / 1_000,
            below: below.collect(),
        }
    }
}

/// `/stats` as JSON, with cumulative buckets.
pub(super) fn stats(
    of: &Translation<'_>,
    (plane, pod): (&DataPlane, &Value),
    now: Timestamp,
) -> Value {
    let mut all: BTreeMap<String, Numbers> = BTreeMap::new();
    for (prefix, served) in plane.served(text(pod, "/metadata/uid")) {
        all.entry(prefix)
            .or_default()
            .add(&Numbers::of_served(&served));
    }
    let started = dated(pod, "/status/startTime").unwrap_or(now);
    for (listener, clusters) in of.behind() {
        for (cluster, since) in clusters {
            let since = since.parse().unwrap_or(started).max(started);
            let flowing = Duration::try_from(now.duration_since(since)).unwrap_or_default();
            let share = 1 + u64::try_from(cluster.len() % 3).unwrap_or_default();
            let numbers = Numbers::of_steady(plane.steady, share, flowing);
            if numbers.requests > 0 {
                let cluster = format!("cluster.{cluster}");
                all.entry(cluster).or_default().add(&numbers);
                all.entry(listener.clone()).or_default().add(&numbers);
            }
        }
    }
    written(&all)
}

fn written(all: &BTreeMap<String, Numbers>) -> Value {
    let (mut stats, mut histograms) = (Vec::new(), Vec::new());
    for (prefix, numbers) in all {
        let side = if prefix.starts_with("http.") {
            "downstream"
        } else {
            "upstream"
        };
        let name = |which: &str| format!("{prefix}.{side}_rq_{which}");
        if numbers.failed > 0 {
            stats.push(json!({"name": name("5xx"), "value": numbers.failed}));
        }
        stats.push(json!({"name": name("completed"), "value": numbers.requests}));
        if numbers.below.last().is_some_and(|all| *all > 0) {
            let bounds = BUCKETS.iter().zip(&numbers.below);
            let buckets: Vec<Value> = bounds
                .map(|((bound, _), count)| {
                    let bound = Duration::from_micros(*bound).as_secs_f64() * 1_000.0;
                    json!({"upper_bound": bound, "interval": 0, "cumulative": count})
                })
                .collect();
            histograms.push(json!({"name": name("time"), "buckets": buckets}));
        }
    }
    if !histograms.is_empty() {
        stats.push(json!({"histograms": histograms}));
    }
    json!({"stats": stats})
}

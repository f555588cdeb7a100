//! `/stats`: counters, and histograms of how long answers took.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Read;
use crate::domain::line::Line;
use crate::envoy::counters::{Counters, Reading};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stats {
    stats: Vec<Stat>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stat {
    name: String,
    value: Value,
    histograms: Option<Value>,
}

#[derive(Deserialize)]
struct Histogram {
    name: String,
    #[serde(default)]
    buckets: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    /// Milliseconds, with fractions.
    upper_bound: f64,
    #[serde(default)]
    cumulative: u64,
}

/// `/stats`, of the names that the question filters for.
pub(in crate::envoy) fn numbers(bytes: &[u8], at: Timestamp) -> Read<Reading> {
    let found: Stats = serde_json::from_slice(bytes)?;
    let mut reading = Reading::at(at);
    for stat in found.stats {
        if let Some(histograms) = stat.histograms {
            for histogram in histograms_of(histograms)? {
                let buckets = histogram
                    .buckets
                    .iter()
                    .map(|one| (micros(one.upper_bound), one.cumulative));
                let buckets: Vec<(u64, u64)> = buckets.collect();
                if let Some((of, "time")) = place(&mut reading, &histogram.name) {
                    of.add_time(&buckets);
                }
            }
        } else if let Some(value) = stat.value.as_u64() {
            match place(&mut reading, &stat.name) {
                Some((of, "completed")) => of.requests = of.requests.saturating_add(value),
                Some((of, "5xx")) => of.failed = of.failed.saturating_add(value),
                _ => {}
            }
        }
    }
    Ok(reading)
}

/// With buckets it is a list; as a summary, which is not asked for, an object.
fn histograms_of(histograms: Value) -> Read<Vec<Histogram>> {
    if histograms.is_array() {
        return serde_json::from_value(histograms);
    }
    Ok(Vec::new())
}

/// Whose number it is, and which.
fn place<'a, 'b>(reading: &'a mut Reading, name: &'b str) -> Option<(&'a mut Counters, &'b str)> {
    if let Some(rest) = name.strip_prefix("http.") {
        let (listener, which) = rest.rsplit_once(".downstream_rq_")?;
        // The admin itself, and the listeners that Envoy Gateway adds for probes and metrics.
        let own = listener == "admin" || listener.starts_with("eg-");
        return (!own).then_some((&mut reading.whole, which));
    }
    let (cluster, which) = name
        .strip_prefix("cluster.")?
        .rsplit_once(".upstream_rq_")?;
    // The same again, by where the caller is.
    if cluster.ends_with(".external") || cluster.ends_with(".internal") {
        return None;
    }
    let of = reading.clusters.entry(Line::new(cluster)).or_default();
    Some((of, which))
}

fn micros(milliseconds: f64) -> u64 {
    let seconds = Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or_default();
    u64::try_from(seconds.as_micros()).unwrap_or(u64::MAX)
}

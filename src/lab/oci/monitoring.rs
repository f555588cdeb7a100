//! Monitoring: what the agent on an instance would have sent while the instance was on.
//!
//! Figures are made when they are asked for, from the instance's name and the time alone, so that two
//! questions agree. How busy an instance is, the scenario says.

mod query;

use std::collections::HashMap;

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::collection::known_compartment;
use super::network::{Body, text};
use super::world::{Resource, World, stamp};
use crate::lab::scenario::Load;
use query::{Query, Statistic};

const NAMESPACE: &str = "oci_computeagent";
/// The agent sends a figure each five minutes.
const SAMPLE: i64 = 300;
/// Figures that one answer holds at most.
const MOST_POINTS: i64 = 100_000;

/// When each instance was on and off.
#[derive(Debug, Default)]
pub(super) struct Power(HashMap<String, Vec<(Timestamp, bool)>>);

impl Power {
    /// An instance has come into a state.
    pub(super) fn note(&mut self, id: &str, state: &str, at: Timestamp) {
        let turns = self.0.entry(id.to_owned()).or_default();
        let on = state == "RUNNING";
        if turns.last().is_none_or(|(_, last)| *last != on) {
            turns.push((at, on));
        }
    }

    /// Whether it was on; before its first turn it was as it then became.
    fn was_on(&self, id: &str, at: Timestamp) -> bool {
        let turns = self.0.get(id).map_or(&[][..], Vec::as_slice);
        let before = turns.iter().rev().find(|(turn, _)| *turn <= at);
        before.or(turns.first()).is_some_and(|(_, on)| *on)
    }
}

/// Routes below monitoring's base path.
pub(super) fn route(world: &World, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::POST, ["metrics", "actions", "summarizeMetricsData"]) => summarize(world, call),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

fn summarize(world: &World, call: &Call) -> Outcome {
    let compartment = call.required("compartmentId")?;
    known_compartment(world, compartment)?;
    let body = call.object()?;
    let needed = |field: &str| text(&body, field).ok_or_else(|| Refusal::missing(field));
    let namespace = needed("namespace")?;
    let query = Query::parse(needed("query")?)?;
    let step = match text(&body, "resolution") {
        Some(resolution) => query::seconds(resolution)?,
        None => query.interval,
    };
    let span = Span {
        from: moment(&body, "startTime")?.unwrap_or(world.now.as_second() - 3 * 3600),
        to: moment(&body, "endTime")?.unwrap_or(world.now.as_second()),
        step,
    };
    if span.to <= span.from || (span.to - span.from) / step > MOST_POINTS {
        return Err(Refusal::invalid(
            "startTime must be before endTime, and no more than 100,000 data points apart",
        ));
    }
    let known = namespace == NAMESPACE && scale_of(&query.metric).is_some();
    let asked = world
        .all("instances")
        .filter(|_| known)
        .filter(|it| it.text("compartmentId") == compartment)
        .filter(|it| {
            query
                .dimensions
                .iter()
                .all(|(name, value)| dimension(it, name) == *value)
        });
    let streams = asked.filter_map(|it| stream(world, it, &query, &span));
    Ok(Answer::json(streams.collect::<Vec<Value>>().into()))
}

fn moment(body: &Body, field: &str) -> Result<Option<i64>, Refusal> {
    let given = text(body, field).map(str::parse::<Timestamp>);
    let wrong = |_| Refusal::invalid(format!("{field} is not a time"));
    Ok(given.transpose().map_err(wrong)?.map(Timestamp::as_second))
}

/// From when to when, and how far apart, in seconds.
struct Span {
    from: i64,
    to: i64,
    step: i64,
}

/// Unit and display name of a metric.
fn scale_of(metric: &str) -> Option<(&'static str, &'static str)> {
    Some(match metric {
        "CpuUtilization" => ("percent", "CPU Utilization"),
        "MemoryUtilization" => ("percent", "Memory Utilization"),
        "NetworksBytesIn" => ("bytes", "Network Receive Bytes"),
        "NetworksBytesOut" => ("bytes", "Network Transmit Bytes"),
        _ => return None,
    })
}

fn dimension(instance: &Resource, name: &str) -> String {
    let field = match name {
        "resourceId" => "id",
        "resourceDisplayName" => "displayName",
        "instancePoolId" => return "Default".to_owned(),
        other => other,
    };
    instance.text(field).to_owned()
}

/// The figures of one instance; nothing where it was never on.
fn stream(world: &World, instance: &Resource, query: &Query, span: &Span) -> Option<Value> {
    let (unit, shown) = scale_of(&query.metric)?;
    let made: Timestamp = instance.text("timeCreated").parse().ok()?;
    let load = Load::of(&world.loads, instance.text("displayName"));
    let source = Source {
        instance,
        load: &load,
        metric: &query.metric,
        made: made.as_second(),
    };
    let end = span.to.min(world.now.as_second());
    let first = span.from - span.from.rem_euclid(span.step);
    let mut points = Vec::new();
    let mut at = first;
    while at < end {
        let samples: Vec<f64> = samples_between(at, at + span.step.max(query.interval))
            .filter(|sample| *sample >= made.as_second() && *sample < end)
            .filter(|sample| {
                let then = Timestamp::from_second(*sample);
                then.is_ok_and(|then| world.power.was_on(instance.id(), then))
            })
            .map(|sample| source.value(sample, query.statistic))
            .collect();
        if let (Some(value), Ok(then)) = (query.statistic.of(&samples), Timestamp::from_second(at))
            && at >= span.from
        {
            points.push(json!({"timestamp": stamp(then), "value": value}));
        }
        at += span.step;
    }
    let names = [
        "availabilityDomain",
        "faultDomain",
        "imageId",
        "instancePoolId",
        "region",
        "resourceDisplayName",
        "resourceId",
        "shape",
    ];
    let dimensions: HashMap<&str, String> = names
        .iter()
        .map(|name| (*name, dimension(instance, name)))
        .collect();
    (!points.is_empty()).then(|| {
        json!({
            "namespace": NAMESPACE,
            "resourceGroup": null,
            "compartmentId": instance.text("compartmentId"),
            "name": query.metric,
            "dimensions": dimensions,
            "metadata": {"displayName": shown, "unit": unit},
            "resolution": null,
            "aggregatedDatapoints": points,
        })
    })
}

/// The moments between two at which the agent measures; one of a shorter step has the last figure.
fn samples_between(from: i64, to: i64) -> impl Iterator<Item = i64> {
    let first = from - from.rem_euclid(SAMPLE);
    (0..=(to - first) / SAMPLE)
        .map(move |number| first + number * SAMPLE)
        .filter(move |sample| *sample < to && (*sample >= from || to - from < SAMPLE))
}

/// What one figure is made of.
struct Source<'a> {
    instance: &'a Resource,
    load: &'a Load,
    metric: &'a str,
    made: i64,
}

impl Source<'_> {
    fn value(&self, at: i64, statistic: Statistic) -> f64 {
        let wobble = 0.85 + 0.3 * noise(self.instance.id(), self.metric, at);
        let share = match self.metric {
            "CpuUtilization" => self.load.cpu,
            "MemoryUtilization" => self.load.memory,
            _ => self.load.network,
        };
        if !self.metric.starts_with("Networks") {
            return (share * wobble).min(100.0);
        }
        let sent = if self.metric.ends_with("Out") {
            0.6
        } else {
            1.0
        };
        let gigabits = self.instance.body.get("shapeConfig");
        let gigabits = gigabits.and_then(|it| it.get("networkingBandwidthInGbps")?.as_f64());
        let bytes = share / 100.0 * gigabits.unwrap_or(1.0) * 125_000_000.0 * sent;
        if statistic == Statistic::Rate {
            return bytes * wobble;
        }
        // The counter itself.
        let seconds = u32::try_from((at - self.made).max(0)).unwrap_or(u32::MAX);
        bytes * f64::from(seconds)
    }
}

/// A number between 0 and 1 that is always the same for the same words.
fn noise(id: &str, metric: &str, at: i64) -> f64 {
    let words = format!("{id} {metric} {at}");
    let hash = words.bytes().fold(2_166_136_261_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    });
    f64::from(hash >> 8) / f64::from(u32::MAX >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_twelve_figures_and_a_minute_the_last() {
        assert_eq!(samples_between(3_600, 7_200).count(), 12);
        assert_eq!(samples_between(3_600, 3_900).collect::<Vec<_>>(), [3_600]);
        assert_eq!(samples_between(3_660, 3_720).collect::<Vec<_>>(), [3_600]);
    }

    #[test]
    fn what_was_off_measured_nothing() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut power = Power::default();
        power.note("a", "RUNNING", at(100));
        power.note("a", "STOPPING", at(200));
        power.note("a", "STOPPED", at(210));
        power.note("a", "RUNNING", at(300));
        let on: Vec<bool> = [50, 150, 205, 250, 400]
            .map(|second| power.was_on("a", at(second)))
            .into();
        assert_eq!(on, [true, true, false, false, true]);
        assert!(!power.was_on("b", at(150)));
    }
}

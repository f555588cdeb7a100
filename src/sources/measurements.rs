//! What OCI measures of the cluster's instances: use now, and the figures of seven days by which an
//! idle one is reclaimed.
//!
//! The agent on an instance sends them through the instance's own way to the internet: where there is
//! none, there are no figures, and that is not an error.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::feed::Feed;
use super::instances::{Instances, rest_after};
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::clock::Clock;
use crate::domain::event::{Change, What};
use crate::domain::idle::{Measured, PerMille, WINDOW_HOURS, Week, bandwidth, p95};
use crate::domain::instance::{Instance, Power};
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::oci::model::SummarizeMetrics;
use crate::oci::{Error, Retries};

/// Figures are there every five minutes; those of a week change slowly.
const EVERY: Duration = Duration::from_mins(5);
const ROUNDS_A_WEEK_HOLDS: u32 = 3;
const NAMESPACE: &str = "oci_computeagent";
/// How old a figure may be to be that of now.
const NOW: SignedDuration = SignedDuration::from_mins(20);
const WINDOW: SignedDuration = SignedDuration::from_hours(168);

/// Asks OCI's monitoring.
pub(super) struct Measurements(pub(super) Instances);

/// A metric, over which steps it is taken together, and how.
#[derive(Clone, Copy)]
struct Asked {
    metric: &'static str,
    step: &'static str,
    by: &'static str,
}

const CPU: Asked = Asked {
    metric: "CpuUtilization",
    step: "5m",
    by: "mean",
};
const MEMORY: Asked = Asked {
    metric: "MemoryUtilization",
    step: "5m",
    by: "mean",
};
const MEMORY_HOURLY: Asked = Asked {
    step: "1h",
    ..MEMORY
};
/// The counters rise for as long as the instance runs: what is of use is how fast.
const RECEIVED: Asked = Asked {
    metric: "NetworksBytesIn",
    step: "1h",
    by: "rate",
};
const SENT: Asked = Asked {
    metric: "NetworksBytesOut",
    ..RECEIVED
};

impl Source for Measurements {
    fn id(&self) -> SourceId {
        SourceId::InstanceMetrics
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::InstanceMetrics, outbox).await?;
        let mut weeks: BTreeMap<ObjectRef, Week> = BTreeMap::new();
        let mut round = 0_u32;
        loop {
            let anew = round.is_multiple_of(ROUNDS_A_WEEK_HOLDS);
            match self.read(&mut weeks, anew, outbox.clock()).await {
                Ok(measured) => {
                    tell(measured, &mut feed).await?;
                    round = round.wrapping_add(1);
                    outbox.clock().sleep(EVERY).await;
                }
                Err(error) => rest_after(&error, "read metrics", &mut feed).await?,
            }
        }
    }
}

impl Measurements {
    /// All that is measured; `weeks` keeps what is not asked for `anew`.
    async fn read(
        &self,
        weeks: &mut BTreeMap<ObjectRef, Week>,
        anew: bool,
        clock: Clock,
    ) -> Result<Vec<Measured>, Error> {
        let mut all = Vec::new();
        for instance in self.0.list().await? {
            if instance.power == Power::Terminated {
                continue;
            }
            let now = clock.now();
            let is_on = instance.power == Power::Running;
            let (mut cpu, mut memory) = (None, None);
            if is_on {
                cpu = self.series(&instance, CPU, (now, NOW)).await?.pop();
                memory = self.series(&instance, MEMORY, (now, NOW)).await?.pop();
            }
            if anew || !weeks.contains_key(&instance.id) {
                let week = self.week(&instance, now).await?;
                weeks.insert(instance.id.clone(), week);
            }
            all.push(Measured {
                cpu: cpu.and_then(PerMille::of_percent),
                memory: memory.and_then(PerMille::of_percent),
                week: weeks.get(&instance.id).copied(),
                shape: instance.shape,
                id: instance.id,
            });
        }
        Ok(all)
    }

    async fn week(&self, instance: &Instance, now: Timestamp) -> Result<Week, Error> {
        let over = (now, WINDOW);
        let cpu = self.series(instance, CPU, over).await?;
        let memory = self.series(instance, MEMORY_HOURLY, over).await?;
        let received = self.series(instance, RECEIVED, over).await?;
        let sent = self.series(instance, SENT, over).await?;
        let busier = mean(&received)
            .into_iter()
            .chain(mean(&sent))
            .reduce(f64::max);
        let bits = bandwidth(&instance.shape, instance.milli_ocpus);
        let network = busier.zip(bits.and_then(|it| u32::try_from(it / 1_000).ok()));
        Ok(Week {
            cpu: p95(&cpu).and_then(PerMille::of_percent),
            memory: mean(&memory).and_then(PerMille::of_percent),
            network: network.and_then(|(bytes, kilobits)| of_bandwidth(bytes, kilobits)),
            hours: hours(&cpu),
        })
    }

    /// The figures of one metric until `now`, oldest first.
    async fn series(
        &self,
        instance: &Instance,
        asked: Asked,
        (now, over): (Timestamp, SignedDuration),
    ) -> Result<Vec<f64>, Error> {
        let Asked { metric, step, by } = asked;
        let ocid = &instance.ocid;
        let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
        let question = SummarizeMetrics {
            namespace: NAMESPACE.to_owned(),
            query: format!("{metric}[{step}]{{resourceId = \"{ocid}\"}}.{by}()"),
            start_time: whole(now.checked_sub(over).unwrap_or(now)).to_string(),
            end_time: whole(now).to_string(),
            resolution: Some(step.to_owned()),
        };
        let client = self.0.client.with_retries(Retries::none());
        let streams = client.metrics(&self.0.compartment, &question).await?;
        let mut points: Vec<_> = streams
            .into_iter()
            .flat_map(|stream| stream.aggregated_datapoints)
            .collect();
        points.sort_by(|one, other| one.timestamp.cmp(&other.timestamp));
        Ok(points.into_iter().map(|point| point.value).collect())
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}

/// Bytes a second as a share of what the network can do.
fn of_bandwidth(bytes: f64, kilobits: u32) -> Option<PerMille> {
    PerMille::of_percent(bytes * 8.0 / (f64::from(kilobits) * 1_000.0) * 100.0)
}

/// Hours for which there are figures of five minutes.
fn hours(figures: &[f64]) -> u32 {
    u32::try_from(figures.len() / 12)
        .unwrap_or(u32::MAX)
        .min(WINDOW_HOURS)
}

async fn tell(measured: Vec<Measured>, feed: &mut Feed<'_>) -> Result<(), Closed> {
    let outbox = feed.outbox();
    outbox.tell(What::Measured(Change::Relisting)).await?;
    for one in measured {
        let change = Change::Applied(Box::new(one));
        outbox.tell(What::Measured(change)).await?;
    }
    outbox.tell(What::Measured(Change::Relisted)).await?;
    feed.live().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_of_the_bandwidth() {
        // 12.5 MB a second are 100 Mbit/s: a tenth of what one OCPU of A1 can do.
        assert_eq!(of_bandwidth(12_500_000.0, 1_000_000), Some(PerMille(100)));
        assert_eq!(of_bandwidth(0.0, 480_000), Some(PerMille(0)));
    }

    #[test]
    fn a_full_week_has_168_hours_and_no_more() {
        assert_eq!(hours(&vec![1.0; 2_016]), 168);
        assert_eq!(hours(&vec![1.0; 2_020]), 168);
        assert_eq!(hours(&[1.0; 30]), 2);
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, 3.0]), Some(2.0));
    }
}

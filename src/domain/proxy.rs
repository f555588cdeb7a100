//! Envoy as it tells of itself by its admin interface: who it is, what it has loaded, and how much
//! it serves. What it should have loaded is not known here.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Object, ObjectRef};

/// A proxy that was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proxy {
    /// Its pod; of one behind a configured address, that address without a namespace.
    pub id: ObjectRef,
    /// Its version, such as `1.40.0`.
    pub version: Line,
    /// `LIVE`, `DRAINING`, `PRE_INITIALIZING` or `INITIALIZING`.
    pub state: Line,
    /// How often it was restarted in place.
    pub epoch: u32,
    /// When it started.
    pub started: Option<Timestamp>,
    /// What it has loaded; nothing while that was never read.
    pub loaded: Option<Loaded>,
    /// Why it does not answer any more, and since when.
    pub lost: Option<Lost>,
}

/// A proxy that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lost {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: Line,
}

/// What a proxy has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loaded {
    /// When its routes changed last.
    pub updated: Option<Timestamp>,
    /// What it listens for.
    pub listeners: Vec<BoundListener>,
    /// Host names and their routes.
    pub hosts: Vec<VirtualHost>,
    /// Where it sends requests.
    pub clusters: Vec<Cluster>,
    /// Certificates that it presents.
    pub certificates: Vec<LoadedCertificate>,
}

/// A listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoundListener {
    /// Its name, such as `envoy-gateway-system/public-gateway/https`.
    pub name: Line,
    /// The port inside the pod.
    pub port: u16,
}

/// A virtual host: names, and the routes of requests for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VirtualHost {
    /// The route configuration that it is in; Envoy Gateway names it after the listener.
    pub config: Line,
    /// Its name.
    pub name: Line,
    /// Host names, with a wildcard perhaps; `*` for any.
    pub domains: Vec<Line>,
    /// Routes, in order.
    pub routes: Vec<LoadedRoute>,
}

/// A route of a virtual host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedRoute {
    /// Its name, such as `httproute/docs/docs/rule/0/match/0/docs_example_com`.
    pub name: Line,
    /// Which paths, such as `prefix /`.
    pub path: Line,
    /// What becomes of a request.
    pub to: Target,
}

/// What becomes of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "to", content = "of", rename_all = "snake_case")]
pub enum Target {
    /// Something that is not read here.
    #[default]
    Other,
    /// It goes to one of these clusters.
    Clusters(Vec<Line>),
    /// It is sent elsewhere.
    Redirect,
    /// It is answered with this status at once; Envoy Gateway writes 500 for a backend it lacks.
    Status(u16),
}

/// A cluster in Envoy's sense: the hosts behind one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// Its name, such as `httproute/docs/docs/rule/0`.
    pub name: Line,
    /// Hosts that take requests, in Envoy's eyes.
    pub healthy: u32,
    /// Hosts, each with why it takes none where it does not.
    pub hosts: Vec<Host>,
}

/// A host of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// Its address and port.
    pub address: Line,
    /// Why it takes no requests; empty where it does.
    pub ill: Line,
}

/// A certificate that is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedCertificate {
    /// Its serial number, in hexadecimal digits.
    pub serial: Line,
    /// Names that it is for.
    pub names: Vec<Line>,
    /// Valid from.
    pub from: Option<Timestamp>,
    /// Valid until.
    pub until: Option<Timestamp>,
}

/// What a proxy served, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyTraffic {
    /// As [`Proxy::id`].
    pub id: ObjectRef,
    /// When it was read.
    pub at: Option<Timestamp>,
    /// Over all listeners.
    pub whole: Traffic,
    /// By cluster.
    pub clusters: BTreeMap<Line, Traffic>,
}

/// Requests since the start, and how many there are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Traffic {
    /// Requests that were answered since the proxy started.
    pub requests: u64,
    /// Those that were answered with a status of 500 or more.
    pub failed: u64,
    /// Between this reading and the one before; nothing for the first.
    pub now: Option<Rates>,
}

/// What happened between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rates {
    /// Requests.
    pub requests: PerSecond,
    /// Those that were answered with a status of 500 or more.
    pub failed: PerSecond,
    /// Half of the requests were answered sooner than this.
    pub p50: Option<Latency>,
    /// Of a hundred requests, one took longer than this.
    pub p99: Option<Latency>,
}

/// A rate, in thousandths per second.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct PerSecond(pub u64);

/// How long a request took, in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Latency(pub u64);

impl fmt::Display for PerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths = self.0;
        match thousandths {
            0 => f.pad("0"),
            1..10_000 => f.pad(&format!(
                "{}.{:02}",
                thousandths / 1_000,
                thousandths % 1_000 / 10
            )),
            10_000..100_000 => f.pad(&format!(
                "{}.{}",
                thousandths / 1_000,
                thousandths % 1_000 / 100
            )),
            _ => f.pad(&(thousandths / 1_000).to_string()),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            micros @ 0..1_000 => f.pad(&format!("0.{} ms", micros / 100)),
            micros @ 1_000..1_000_000 => f.pad(&format!("{} ms", micros / 1_000)),
            micros => f.pad(&format!(
                "{}.{} s",
                micros / 1_000_000,
                micros % 1_000_000 / 100_000
            )),
        }
    }
}

impl std::iter::Sum for Traffic {
    /// Counts and rates add up. Of latencies the longest is told: they cannot be added.
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), |sum, one| Self {
            requests: sum.requests.saturating_add(one.requests),
            failed: sum.failed.saturating_add(one.failed),
            now: match (sum.now, one.now) {
                (Some(sum), Some(one)) => Some(Rates {
                    requests: PerSecond(sum.requests.0.saturating_add(one.requests.0)),
                    failed: PerSecond(sum.failed.0.saturating_add(one.failed.0)),
                    p50: sum.p50.max(one.p50),
                    p99: sum.p99.max(one.p99),
                }),
                (sum, one) => sum.or(one),
            },
        })
    }
}

impl LoadedRoute {
    /// The kind (in small letters), the object and the number of the rule that Envoy Gateway made a
    /// route or a cluster of this name for; nothing for a name of another form.
    pub fn owner(name: &str) -> Option<(&str, ObjectRef, usize)> {
        let mut parts = name.split('/');
        let (kind, namespace, object) = (parts.next()?, parts.next()?, parts.next()?);
        let is_rule = parts.next()? == "rule";
        let rule = parts.next()?.parse().ok()?;
        is_rule.then(|| (kind, ObjectRef::new(namespace, object), rule))
    }
}

impl Loaded {
    /// The cluster of this name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.name == *name)
    }
}

impl Object for Proxy {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let lost = self.lost.as_ref()?;
        Some(Ailment::warning(lost.why.to_string(), Some(lost.since)))
    }
}

impl Object for ProxyTraffic {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0")]
    #[case(50, "0.05")]
    #[case(4_400, "4.40")]
    #[case(12_340, "12.3")]
    #[case(250_900, "250")]
    fn a_rate_is_as_exact_as_it_is_small(#[case] thousandths: u64, #[case] said: &str) {
        assert_eq!(PerSecond(thousandths).to_string(), said);
    }

    #[rstest]
    #[case(400, "0.4 ms")]
    #[case(42_900, "42 ms")]
    #[case(1_250_000, "1.2 s")]
    fn a_latency_has_its_unit(#[case] micros: u64, #[case] said: &str) {
        assert_eq!(Latency(micros).to_string(), said);
    }

    #[rstest]
    #[case("httproute/docs/web/rule/2", Some(("httproute", "docs/web", 2)))]
    #[case("grpcroute/a/b/rule/0/match/0/a_example_com", Some(("grpcroute", "a/b", 0)))]
    #[case("prometheus_stats", None)]
    #[case("httproute/docs/web/rule/x", None)]
    fn names_of_envoy_gateway_tell_whose_they_are(
        #[case] name: &str,
        #[case] owner: Option<(&str, &str, usize)>,
    ) {
        let found = LoadedRoute::owner(name);
        let found = found.map(|(kind, id, rule)| (kind, id.to_string(), rule));
        assert_eq!(
            found,
            owner.map(|(kind, id, rule)| (kind, id.to_owned(), rule))
        );
    }

    #[test]
    fn rates_add_up_and_the_longest_latency_is_told() {
        let one = |requests, p99| Traffic {
            requests,
            failed: 1,
            now: Some(Rates {
                requests: PerSecond(requests),
                p99: Some(Latency(p99)),
                ..Rates::default()
            }),
        };
        let sum: Traffic = [one(3, 20), one(4, 10), Traffic::default()]
            .into_iter()
            .sum();
        let now = sum.now.unwrap();
        assert_eq!((sum.requests, sum.failed), (7, 2));
        assert_eq!((now.requests, now.p99), (PerSecond(7), Some(Latency(20))));
    }
}

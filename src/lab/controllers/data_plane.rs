//! What proxies hold from one request to the next: the configuration that they have taken in, which
//! may be older than the cluster's, and how much they have served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::object::{namespace, text};
use crate::clock::Clock;
use crate::lab::kube::Objects;

/// What a proxy's configuration follows from.
const TAKEN_IN: &[&str] = &[
    "namespaces",
    "nodes",
    "pods",
    "secrets",
    "services",
    "endpointslices.discovery.k8s.io",
    "gateways.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
];
const SPACE: &str = "envoy-gateway-system";

/// All proxies' memory; clones share it.
#[derive(Clone, Default)]
pub(crate) struct DataPlane {
    frozen: Arc<Mutex<Option<Frozen>>>,
    served: Arc<Mutex<BTreeMap<Place, Served>>>,
    /// Requests that nobody here sends.
    pub(crate) steady: Steady,
}

/// Requests that come all the time.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Steady {
    /// To a route; some get up to three times as many.
    pub(crate) per_minute: u64,
    /// Of a thousand, so many are answered with 503.
    #[serde(default)]
    pub(crate) failed_per_thousand: u64,
}

/// The cluster as it was when updates ceased to reach the proxies.
struct Frozen {
    at: Timestamp,
    objects: Objects,
    proxies: BTreeSet<String>,
}

/// Where requests are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The proxy's pod, by its uid.
    pub(crate) proxy: String,
    /// A listener's or a cluster's name among counters, such as `http.https-10443`.
    pub(crate) prefix: String,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    /// Requests.
    pub(crate) requests: u64,
    /// Those that were answered with 500 or more.
    pub(crate) failed: u64,
    /// How long each took.
    pub(crate) took: BTreeMap<Duration, u64>,
}

impl DataPlane {
    /// Keeps proxies at what they have now.
    pub(crate) fn freeze(&self, live: &Objects, now: Timestamp) {
        let objects = Objects::new(Clock::default());
        objects.install("gateway.networking.k8s.io");
        for resource in TAKEN_IN {
            for object in live.shared_list(resource) {
                objects.put(resource, Value::clone(&object));
            }
        }
        *lock(&self.frozen) = Some(Frozen {
            at: now,
            objects,
            proxies: proxies(live),
        });
    }

    /// What proxies have taken in. One that has started since has everything.
    pub(crate) fn taken_in(&self, live: &Objects) -> Objects {
        let mut frozen = lock(&self.frozen);
        if let Some(then) = &*frozen {
            if !then.proxies.is_disjoint(&proxies(live)) {
                return then.objects.clone();
            }
            *frozen = None;
        }
        live.clone()
    }

    /// Since when nothing reaches them, if so.
    pub(crate) fn frozen_since(&self) -> Option<Timestamp> {
        lock(&self.frozen).as_ref().map(|then| then.at)
    }

    /// Counts a request.
    pub(crate) fn count(&self, place: Place, failed: bool, took: Duration) {
        let mut served = lock(&self.served);
        let counted = served.entry(place).or_default();
        counted.requests += 1;
        counted.failed += u64::from(failed);
        *counted.took.entry(took).or_default() += 1;
    }

    /// What was counted for a proxy, by prefix.
    pub(crate) fn served(&self, proxy: &str) -> BTreeMap<String, Served> {
        let served = lock(&self.served);
        let own = served.iter().filter(|(place, _)| place.proxy == proxy);
        own.map(|(place, counted)| (place.prefix.clone(), counted.clone()))
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The uids of proxies' pods.
fn proxies(objects: &Objects) -> BTreeSet<String> {
    let pods = objects.shared_list("pods").into_iter();
    pods.filter(|pod| namespace(pod) == SPACE)
        .filter(|pod| text(pod, "/metadata/labels/app.kubernetes.io~1component") == "proxy")
        .map(|pod| text(&pod, "/metadata/uid").to_owned())
        .collect()
}

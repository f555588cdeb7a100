//! What is not well, over all kinds: the list that Bridge and `status` show.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::domain::line::Line;
use crate::domain::object::{Ailment, Object, ObjectRef, Severity};
use crate::domain::policy::PolicyKind;
use crate::domain::route::RouteKind;
use crate::domain::source::{SourceId, SourceStatus};

use super::{Store, Table, failures, machines, routing};

/// One thing that is not well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unhealthy {
    /// How much it matters.
    pub severity: Severity,
    /// What kind of thing it is: `application`, `certificate`, …, `source`.
    pub kind: &'static str,
    /// Which one.
    #[serde(flatten)]
    pub what: ObjectRef,
    /// Why, in one sentence.
    pub why: Line,
    /// Since when, where it is known.
    pub since: Option<Timestamp>,
}

/// How long after its time a renewal counts as missed.
const RENEWAL_GRACE: SignedDuration = SignedDuration::from_hours(24);

/// Everything that is not well, worst first, then longest first.
pub fn unhealthy(store: &Store, now: Timestamp) -> Vec<Unhealthy> {
    let mut found = Vec::new();
    gather(&mut found, "node", &store.nodes, now);
    gather(&mut found, "application", &store.applications, now);
    gather(&mut found, "certificate", &store.certificates, now);
    gather(&mut found, "order", &store.orders, now);
    gather(&mut found, "challenge", &store.challenges, now);
    gather(&mut found, "externalsecret", &store.external_secrets, now);
    gather(&mut found, "secretstore", &store.secret_stores, now);
    let cluster = &store.cluster_secret_stores;
    gather(&mut found, "clustersecretstore", cluster, now);
    gather(&mut found, "gatewayclass", &store.gateway_classes, now);
    gather(&mut found, "gateway", &store.gateways, now);
    for kind in RouteKind::iter() {
        let name = match kind {
            RouteKind::Http => "httproute",
            RouteKind::Grpc => "grpcroute",
            RouteKind::Tls => "tlsroute",
            RouteKind::Tcp => "tcproute",
        };
        gather(&mut found, name, routing::routes(store, kind), now);
    }
    gather(&mut found, "listenerset", &store.routing.listener_sets, now);
    for kind in PolicyKind::iter() {
        gather(&mut found, "policy", store.routing.policies(kind), now);
    }
    gather(&mut found, "pod", &store.pods, now);
    overdue(&mut found, store, now);
    machines::weigh(&mut found, store, now);
    failures::weigh(&mut found, store, now);
    unreachable(&mut found, store);
    found.sort_by(|a, b| {
        let order = |item: &Unhealthy| (std::cmp::Reverse(item.severity), item.since, item.kind);
        order(a).cmp(&order(b)).then_with(|| a.what.cmp(&b.what))
    });
    found
}

fn gather<T: Object>(
    found: &mut Vec<Unhealthy>,
    kind: &'static str,
    table: &Table<T>,
    now: Timestamp,
) {
    for object in table.unwell() {
        if let Some(ailment) = object.ailment().filter(|ailment| ailment.is_due(now)) {
            found.push(entry(kind, object.id().clone(), ailment));
        }
    }
}

fn entry(kind: &'static str, what: ObjectRef, ailment: Ailment) -> Unhealthy {
    Unhealthy {
        severity: ailment.severity,
        kind,
        what,
        why: ailment.why,
        since: ailment.since,
    }
}

/// Certificates that say they are ready and yet are past their time.
fn overdue(found: &mut Vec<Unhealthy>, store: &Store, now: Timestamp) {
    for certificate in store
        .certificates
        .iter()
        .filter(|certificate| certificate.is_ready())
    {
        let expired = certificate.not_after.filter(|end| *end <= now);
        let missed = certificate
            .renewal
            .filter(|at| now.duration_since(*at) > RENEWAL_GRACE);
        let ailment = match (expired, missed) {
            (Some(end), _) => Ailment::critical("expired", Some(end)),
            (None, Some(at)) => Ailment::warning("should have been renewed by now", Some(at)),
            (None, None) => continue,
        };
        found.push(entry("certificate", certificate.id.clone(), ailment));
    }
}

/// Whether a feed comes by another way than the API server.
fn is_apart(id: SourceId) -> bool {
    matches!(
        id,
        SourceId::Cluster | SourceId::Cloudflare | SourceId::Instances | SourceId::InstanceMetrics
    )
}

/// Feeds that do not tell: what they would say is not known. When the API server itself does not
/// answer, that says it all.
fn unreachable(found: &mut Vec<Unhealthy>, store: &Store) {
    let alone = store.sources.stale_since(SourceId::Cluster).is_some();
    for (id, source) in store.sources.iter() {
        if alone && !is_apart(id) {
            continue;
        }
        if let SourceStatus::Stale { since, error, .. } = &source.status {
            let name: &'static str = id.into();
            let ailment = Ailment::warning(error.clone(), Some(*since));
            found.push(entry("source", ObjectRef::cluster(name), ailment));
        }
    }
}

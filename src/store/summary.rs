//! The whole store in a few lines: what `status` tells.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::health::{Unhealthy, unhealthy};
use super::{Store, Table};
use crate::domain::event::ClusterInfo;
use crate::domain::line::Line;
use crate::domain::object::{Object, Severity};
use crate::domain::source::{SourceId, SourceStatus};

/// How the cluster is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Verdict {
    /// Nothing is degraded or failed, and everything that can be known is.
    Well,
    /// Something is degraded or has failed.
    Unhealthy,
    /// Something is not known yet, or cannot be reached.
    Unknown,
}

/// One feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceSummary {
    /// Which.
    pub id: SourceId,
    /// `live`, `connecting`, `stale`, `denied`, `not_installed`, `off`.
    pub status: &'static str,
    /// Why it is not live.
    #[serde(skip_serializing_if = "Line::is_empty")]
    pub detail: Line,
    /// Since when it is so.
    pub since: Timestamp,
}

/// How many of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    /// All.
    pub total: usize,
    /// Those that are well.
    pub well: usize,
}

/// The summary. Its field names are a contract with scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// In one word.
    pub verdict: Verdict,
    /// When it was so.
    pub at: Timestamp,
    /// Which cluster; nothing when its API server has not answered.
    pub cluster: Option<ClusterInfo>,
    /// Every feed.
    pub sources: Vec<SourceSummary>,
    /// How many of each kind, for the kinds whose feed has told all.
    pub counts: BTreeMap<&'static str, Count>,
    /// What is not well, worst first.
    pub unhealthy: Vec<Unhealthy>,
}

impl Summary {
    /// What `store` says at `now`.
    pub fn of(store: &Store, now: Timestamp) -> Self {
        let unhealthy = unhealthy(store, now);
        let sources: Vec<SourceSummary> = store
            .sources
            .iter()
            .map(|(id, source)| SourceSummary {
                id,
                status: (&source.status).into(),
                detail: detail(&source.status),
                since: source.since,
            })
            .collect();
        Self {
            verdict: verdict(store, &unhealthy),
            at: now,
            cluster: store.cluster.clone(),
            sources,
            counts: counts(store, now),
            unhealthy,
        }
    }

    /// How many things are not well, of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.unhealthy
            .iter()
            .filter(|item| item.severity == severity)
            .count()
    }
}

/// What is known to be bad outweighs what is not known. Of a cluster where nothing may be read,
/// nothing is known.
fn verdict(store: &Store, unhealthy: &[Unhealthy]) -> Verdict {
    let live = |(id, source): (SourceId, &super::sources::Source)| {
        id != SourceId::Cluster && source.status == SourceStatus::Live
    };
    if unhealthy
        .iter()
        .any(|item| item.severity == Severity::Critical)
    {
        Verdict::Unhealthy
    } else if store.sources.are_settled() && store.sources.iter().any(live) {
        Verdict::Well
    } else {
        Verdict::Unknown
    }
}

fn detail(status: &SourceStatus) -> Line {
    match status {
        SourceStatus::Stale { error, .. } => error.clone(),
        SourceStatus::Denied { hint } => hint.clone(),
        SourceStatus::NotInstalled { what } => Line::new(&format!("{what} is not installed")),
        SourceStatus::Off | SourceStatus::Connecting | SourceStatus::Live => Line::default(),
    }
}

fn counts(store: &Store, now: Timestamp) -> BTreeMap<&'static str, Count> {
    let mut counts = BTreeMap::new();
    let status = &store.sources;
    let mut add = |name, id, count: Option<Count>| {
        let installed = !matches!(status.status(id), SourceStatus::NotInstalled { .. });
        if let Some(count) = count.filter(|_| installed) {
            counts.insert(name, count);
        }
    };
    add("nodes", SourceId::Nodes, count(&store.nodes, now));
    add("pods", SourceId::Pods, count(&store.pods, now));
    add(
        "applications",
        SourceId::Applications,
        count(&store.applications, now),
    );
    add(
        "certificates",
        SourceId::Certificates,
        count(&store.certificates, now),
    );
    add("gateways", SourceId::Gateways, count(&store.gateways, now));
    add(
        "routes",
        SourceId::HttpRoutes,
        count(&store.http_routes, now),
    );
    add(
        "dns_endpoints",
        SourceId::DnsEndpoints,
        count(&store.dns_endpoints, now),
    );
    add("records", SourceId::Cloudflare, count(&store.records, now));
    counts
}

fn count<T: Object>(table: &Table<T>, now: Timestamp) -> Option<Count> {
    table.is_complete().then(|| {
        let due = |object: &&T| object.ailment().is_some_and(|ailment| ailment.is_due(now));
        Count {
            total: table.len(),
            well: table.len() - table.unwell().filter(due).count(),
        }
    })
}

//! `argoproj.io/v1alpha1` Application.

use serde::Deserialize;

use super::fields::{Time, nullable};
use super::object::Meta;
use crate::domain::application::{
    AppCondition, AppResource, AppSource, Application, AutoSync, Deployment, Destination, Health,
    Operation, PAUSED, Phase, Sync, SyncResult,
};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// The body of an Application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ApplicationBody {
    spec: Spec,
    status: Status,
    operation: Option<Standing>,
}

/// An operation that was asked for. What it says is told once it runs.
#[derive(Clone, Debug, Default, Deserialize)]
struct Standing {}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    project: Line,
    source: Option<Source>,
    #[serde(deserialize_with = "nullable")]
    sources: Vec<Source>,
    destination: Target,
    #[serde(deserialize_with = "nullable")]
    sync_policy: SyncPolicy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Source {
    #[serde(rename = "repoURL")]
    repo_url: Line,
    path: Line,
    chart: Line,
    target_revision: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    server: Line,
    name: Line,
    namespace: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SyncPolicy {
    automated: Option<Automated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Automated {
    enabled: Option<bool>,
    prune: bool,
    self_heal: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    sync: SyncStatus,
    health: HealthStatus,
    reconciled_at: Time,
    operation_state: Option<OperationState>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<Resource>,
    #[serde(deserialize_with = "nullable")]
    history: Vec<History>,
    #[serde(deserialize_with = "nullable")]
    summary: Summary,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SyncStatus {
    status: String,
    revision: Line,
    #[serde(deserialize_with = "nullable")]
    revisions: Vec<Line>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HealthStatus {
    status: String,
    last_transition_time: Time,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OperationState {
    phase: String,
    message: Line,
    started_at: Time,
    finished_at: Time,
    retry_count: u32,
    operation: Requested,
    #[serde(deserialize_with = "nullable")]
    sync_result: Outcome,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Requested {
    initiated_by: Initiator,
    #[serde(deserialize_with = "nullable")]
    sync: RequestedSync,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RequestedSync {
    revision: Line,
    #[serde(rename = "dryRun")]
    dry_run: bool,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<Chosen>,
}

/// A resource that a sync is for, of which only the number is told.
#[derive(Clone, Debug, Default, Deserialize)]
struct Chosen {}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Initiator {
    username: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Outcome {
    revision: Line,
    #[serde(deserialize_with = "nullable")]
    revisions: Vec<Line>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<Applied>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Applied {
    group: Line,
    kind: Line,
    namespace: Line,
    name: Line,
    status: Line,
    message: Line,
    hook_phase: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    r#type: Line,
    message: Line,
    last_transition_time: Time,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    group: Line,
    version: Line,
    kind: Line,
    namespace: Line,
    name: Line,
    status: String,
    health: Option<HealthStatus>,
    sync_wave: i32,
    requires_pruning: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct History {
    id: i64,
    revision: Line,
    #[serde(deserialize_with = "nullable")]
    revisions: Vec<Line>,
    deployed_at: Time,
    initiated_by: Initiator,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    #[serde(rename = "externalURLs", deserialize_with = "nullable")]
    external_urls: Vec<Line>,
}

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const TRACKING: &str = "argocd.argoproj.io/tracking-id";
const INSTANCE: &str = "argocd.argoproj.io/instance";

impl From<(Meta, ApplicationBody)> for Application {
    fn from((meta, body): (Meta, ApplicationBody)) -> Self {
        let ApplicationBody {
            spec,
            status,
            operation,
        } = body;
        let sources = spec.source.into_iter().chain(spec.sources);
        let revisions = Some(status.sync.revision).filter(|revision| !revision.is_empty());
        let wave = meta.annotation(WAVE).and_then(|wave| wave.parse().ok());
        Self {
            id: meta.id(),
            labels: meta.labels(),
            created: meta.created(),
            deleting: meta.deleting(),
            project: spec.project,
            wave: wave.unwrap_or(0),
            parent: parent(&meta),
            sources: sources.map(AppSource::from).collect(),
            destination: Destination {
                cluster: spec.destination.name.or(&spec.destination.server),
                namespace: spec.destination.namespace,
            },
            auto_sync: spec.sync_policy.automated.map(|automated| AutoSync {
                enabled: automated.enabled.unwrap_or(true),
                prune: automated.prune,
                self_heal: automated.self_heal,
            }),
            paused: meta.annotation(PAUSED).is_some(),
            asked: operation.is_some(),
            sync: sync(&status.sync.status),
            revisions: revisions.into_iter().chain(status.sync.revisions).collect(),
            health: health(&status.health.status),
            health_since: status.health.last_transition_time.0,
            reconciled: status.reconciled_at.0,
            operation: status.operation_state.map(Operation::from),
            conditions: status
                .conditions
                .into_iter()
                .map(AppCondition::from)
                .collect(),
            resources: status
                .resources
                .into_iter()
                .map(AppResource::from)
                .collect(),
            history: status.history.into_iter().map(Deployment::from).collect(),
            urls: status.summary.external_urls,
        }
    }
}

/// The application that made this one: the first part of the tracking annotation, or the label.
fn parent(meta: &Meta) -> Option<Line> {
    let tracked = meta
        .annotation(TRACKING)
        .and_then(|id| id.split_once(':'))
        .map(|(app, _)| Line::new(app));
    let labelled = || Some(meta.label(INSTANCE)).filter(|label| !label.is_empty());
    tracked
        .or_else(labelled)
        .filter(|parent| *parent != meta.id().name)
}

fn sync(status: &str) -> Sync {
    match status {
        "Synced" => Sync::Synced,
        "OutOfSync" => Sync::OutOfSync,
        _ => Sync::Unknown,
    }
}

fn health(status: &str) -> Health {
    match status {
        "Healthy" => Health::Healthy,
        "Suspended" => Health::Suspended,
        "Progressing" => Health::Progressing,
        "Missing" => Health::Missing,
        "Degraded" => Health::Degraded,
        _ => Health::Unknown,
    }
}

impl From<Source> for AppSource {
    fn from(wire: Source) -> Self {
        Self {
            repo: wire.repo_url,
            path: wire.path,
            chart: wire.chart,
            target: wire.target_revision,
        }
    }
}

impl From<OperationState> for Operation {
    fn from(wire: OperationState) -> Self {
        let first = wire
            .sync_result
            .revisions
            .first()
            .cloned()
            .unwrap_or_default();
        let applied = wire.sync_result.revision.or(&first);
        Self {
            phase: match wire.phase.as_str() {
                "Terminating" => Phase::Terminating,
                "Succeeded" => Phase::Succeeded,
                "Failed" => Phase::Failed,
                "Error" => Phase::Error,
                _ => Phase::Running,
            },
            message: wire.message,
            revision: applied.or(&wire.operation.sync.revision),
            by: wire.operation.initiated_by.username,
            retries: wire.retry_count,
            dry_run: wire.operation.sync.dry_run,
            chosen: wire.operation.sync.resources.len(),
            started: wire.started_at.0,
            finished: wire.finished_at.0,
            results: wire
                .sync_result
                .resources
                .into_iter()
                .map(SyncResult::from)
                .collect(),
        }
    }
}

impl From<Applied> for SyncResult {
    fn from(wire: Applied) -> Self {
        Self {
            group: wire.group,
            kind: wire.kind,
            id: ObjectRef {
                namespace: wire.namespace,
                name: wire.name,
            },
            status: wire.status.or(&wire.hook_phase),
            message: wire.message,
        }
    }
}

impl From<Condition> for AppCondition {
    fn from(wire: Condition) -> Self {
        Self {
            kind: wire.r#type,
            message: wire.message,
            since: wire.last_transition_time.0,
        }
    }
}

impl From<Resource> for AppResource {
    fn from(wire: Resource) -> Self {
        Self {
            group: wire.group,
            version: wire.version,
            kind: wire.kind,
            id: ObjectRef {
                namespace: wire.namespace,
                name: wire.name,
            },
            sync: sync(&wire.status),
            health: wire
                .health
                .map(|health_status| health(&health_status.status)),
            wave: wire.sync_wave,
            requires_pruning: wire.requires_pruning,
        }
    }
}

impl From<History> for Deployment {
    fn from(wire: History) -> Self {
        let mut all = wire.revisions.into_iter();
        let first = all.next().unwrap_or_default();
        Self {
            id: wire.id,
            revision: wire.revision.or(&first),
            others: all.collect(),
            at: wire.deployed_at.0,
            by: wire.initiated_by.username,
        }
    }
}

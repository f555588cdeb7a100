//! One Application, one look: refresh, compare, conclude, start or carry on a sync.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{annotation, date, items, name, number, push, set, text, unset};
use super::super::sources::Rendered;
use super::super::world::Pass;
use super::compare::{Row, compare};
use super::health::Health;
use super::{APPLICATIONS, COMPONENT, SPACE, outcome, sync};

const REFRESH: &str = "/metadata/annotations/argocd.argoproj.io~1refresh";
const REFRESH_SECONDS: u64 = 150;

pub(super) fn reconcile(pass: &Pass<'_>, application: &Value) {
    if annotation(application, "argocd.argoproj.io/skip-reconcile") == Some("true") {
        return;
    }
    let mut next = application.clone();
    let asked = annotation(application, "argocd.argoproj.io/refresh").is_some();
    if asked {
        unset(&mut next, REFRESH);
        set(&mut next, "/status/reconciledAt", json!(date(pass.now)));
    }
    set(&mut next, "/status/controllerNamespace", json!(SPACE));
    set(&mut next, "/status/resourceHealthSource", json!("appTree"));
    let rendered = match unreachable(pass) {
        None => render(pass, application),
        Some(reason) => Err(format!("Failed to load target state: {reason}")),
    };
    match rendered {
        Ok(rendered) => carry_on(pass, application, &mut next, &rendered),
        Err(reason) => cannot_compare(pass, application, &mut next, &reason),
    }
    let timer = format!("argocd/{}", name(application));
    if next != *application || pass.every(&timer, REFRESH_SECONDS) {
        set(&mut next, "/status/reconciledAt", json!(date(pass.now)));
        pass.replace(APPLICATIONS, application, next);
    }
}

/// What keeps Argo CD's parts from each other and from the repository, when something does.
fn unreachable(pass: &Pass<'_>) -> Option<String> {
    const REPOSITORIES: &str = "argocd-repo-server";
    const FAILED: &str = "failed to generate manifest for source 1 of 1: rpc error: code =";
    let (own, other) = (
        pass.node_of(SPACE, COMPONENT),
        pass.node_of(SPACE, REPOSITORIES),
    );
    if !pass.resolves(SPACE, COMPONENT) {
        return Some(format!(
            "{FAILED} Unavailable desc = connection error: desc = \"transport: Error while dialing: \
             dial tcp: lookup {REPOSITORIES}: i/o timeout\""
        ));
    }
    if !other.is_empty() && !pass.joins(&own, &other) {
        let address = pass.get("services", SPACE, REPOSITORIES);
        let address = address
            .as_deref()
            .map_or("", |service| text(service, "/spec/clusterIP"));
        return Some(format!(
            "{FAILED} Unavailable desc = connection error: desc = \"transport: Error while dialing: \
             dial tcp {address}:8081: i/o timeout\""
        ));
    }
    (!pass.resolves(SPACE, REPOSITORIES)).then(|| {
        format!(
            "{FAILED} Unknown desc = failed to list refs: dial tcp: lookup of the repository's host \
             on 10.43.0.10:53: i/o timeout"
        )
    })
}

/// All sources of an Application together; the revision is the first one's.
fn render(pass: &Pass<'_>, application: &Value) -> Result<Rendered, String> {
    let several = items(application, "/spec/sources");
    let single = application.pointer("/spec/source");
    let all: Vec<&Value> = match single {
        Some(source) => vec![source],
        None => several.iter().collect(),
    };
    let mut whole: Option<Rendered> = None;
    for (index, source) in all.iter().enumerate() {
        let one = pass.world.sources.render(source).map_err(|reason| {
            format!(
                "Failed to load target state: failed to generate manifest for source {} of {}: rpc error: code = Unknown desc = {reason}",
                index + 1,
                all.len()
            )
        })?;
        match &mut whole {
            Some(whole) => whole.manifests.extend(one.manifests),
            None => whole = Some(one),
        }
    }
    whole.ok_or_else(|| {
        "spec.source.repoURL and either spec.source.path or spec.source.chart are required"
            .to_owned()
    })
}

/// What the operation that stands is to apply: its own sources at its own revision, where it names
/// some, as a rollback does.
fn asked_for(pass: &Pass<'_>, next: &Value) -> Option<Result<Rendered, String>> {
    let source = next.pointer("/operation/sync/source")?;
    let revision = text(next, "/operation/sync/revision");
    let rendered = pass.world.sources.render_at(source, revision);
    Some(rendered.map_err(|reason| format!("Failed to load target state: {reason}")))
}

/// One step of the operation that runs.
fn advance(pass: &Pass<'_>, next: &mut Value, head: &Rendered, rows: &[Row]) {
    match asked_for(pass, next) {
        None => sync::advance(pass, next, head, rows),
        Some(Ok(then)) => {
            let rows = compare(pass, next, &then.manifests);
            sync::advance(pass, next, &then, &rows);
        }
        Some(Err(reason)) => outcome::stop(pass, next, "Error", &reason),
    }
}

fn carry_on(pass: &Pass<'_>, application: &Value, next: &mut Value, rendered: &Rendered) {
    drop_condition(next, "ComparisonError");
    let rows = compare(pass, application, &rendered.manifests);
    conclude(pass, application, next, rendered, &rows);
    match text(next, "/status/operationState/phase") {
        _ if next.get("operation").is_none() => {
            sync::consider(pass, next, &rendered.revision, &rows);
        }
        "Running" => advance(pass, next, rendered, &rows),
        "Terminating" => outcome::stop(pass, next, "Failed", "Operation terminated"),
        _ => sync::begin(pass, next, &rendered.revision),
    }
}

/// Writes `status.sync`, `status.health`, `status.resources` and the summary.
fn conclude(
    pass: &Pass<'_>,
    application: &Value,
    next: &mut Value,
    rendered: &Rendered,
    rows: &[Row],
) {
    let synced = rows.iter().all(|row| row.synced);
    let status = if synced { "Synced" } else { "OutOfSync" };
    say_change(
        pass,
        application,
        "sync status",
        "/status/sync/status",
        status,
    );
    let mut compared = json!({"destination": application.pointer("/spec/destination")});
    for field in ["source", "sources", "ignoreDifferences"] {
        if let Some(value) = application.pointer(&format!("/spec/{field}")) {
            set(&mut compared, &format!("/{field}"), value.clone());
        }
    }
    set(
        next,
        "/status/sync",
        json!({"status": status, "revision": rendered.revision, "comparedTo": compared}),
    );
    let resources: Vec<Value> = rows.iter().map(Row::to_json).collect();
    set(next, "/status/resources", json!(resources));
    set(next, "/status/sourceType", json!(rendered.kind));
    set(next, "/status/summary", summary(&rendered.manifests));
    let worst = worst(rows);
    say_change(
        pass,
        application,
        "health status",
        "/status/health/status",
        worst.word(),
    );
    if text(application, "/status/health/status") != worst.word() {
        set(
            next,
            "/status/health",
            json!({"status": worst.word(), "lastTransitionTime": date(pass.now)}),
        );
    }
}

/// The worst of the resources; a child Application that is Missing or Unknown does not count.
fn worst(rows: &[Row]) -> Health {
    let live = rows.iter().filter(|row| !row.prune);
    let mut states = live
        .filter_map(|row| Some((row, row.health.as_ref()?.0)))
        .filter(|(row, state)| {
            row.kind != "Application" || !matches!(state, Health::Missing | Health::Unknown)
        })
        .map(|(_, state)| state);
    let Some(first) = states.next() else {
        let missing = !rows.is_empty() && rows.iter().all(|row| !row.synced);
        return if missing {
            Health::Missing
        } else {
            Health::Healthy
        };
    };
    states.fold(first, Health::max)
}

fn say_change(pass: &Pass<'_>, application: &Value, what: &str, pointer: &str, new: &str) {
    let old = text(application, pointer);
    if old != new {
        let message = format!("Updated {what}: {old} -> {new}");
        pass.event(
            application,
            COMPONENT,
            ("Normal", "ResourceUpdated", &message),
        );
    }
}

fn summary(manifests: &[Arc<Value>]) -> Value {
    let mut images: Vec<&str> = manifests
        .iter()
        .flat_map(|manifest| items(manifest, "/spec/template/spec/containers"))
        .map(|container| text(container, "/image"))
        .collect();
    images.sort_unstable();
    images.dedup();
    if images.is_empty() {
        json!({})
    } else {
        json!({"images": images})
    }
}

fn cannot_compare(pass: &Pass<'_>, application: &Value, next: &mut Value, reason: &str) {
    say_change(
        pass,
        application,
        "sync status",
        "/status/sync/status",
        "Unknown",
    );
    set(
        next,
        "/status/sync",
        json!({"status": "Unknown", "comparedTo": {
            "source": application.pointer("/spec/source"),
            "destination": application.pointer("/spec/destination"),
        }}),
    );
    if text(application, "/status/health/status").is_empty() {
        let healthy = json!({"status": "Healthy", "lastTransitionTime": date(pass.now)});
        set(next, "/status/health", healthy);
    }
    write_condition(pass, next, "ComparisonError", reason);
    if next.get("operation").is_some() {
        outcome::stop(pass, next, "Error", reason);
    }
}

/// Argo CD's conditions have no status: they are there or not.
pub(super) fn write_condition(pass: &Pass<'_>, next: &mut Value, kind: &str, message: &str) {
    let same = items(next, "/status/conditions").iter().any(|condition| {
        text(condition, "/type") == kind && text(condition, "/message") == message
    });
    if same {
        return;
    }
    drop_condition(next, kind);
    let condition = json!({
        "type": kind, "message": message, "lastTransitionTime": date(pass.now),
    });
    push(next, "/status/conditions", condition);
}

pub(super) fn drop_condition(next: &mut Value, kind: &str) {
    let Some(list) = next
        .pointer_mut("/status/conditions")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    list.retain(|condition| text(condition, "/type") != kind);
    if list.is_empty() {
        unset(next, "/status/conditions");
    }
}

/// The number of the next history entry.
pub(super) fn next_history(application: &Value) -> i64 {
    let last = items(application, "/status/history").last();
    last.and_then(|entry| number(entry, "/id"))
        .map_or(0, |id| id + 1)
}

//! A sync: when one begins by itself, and its way through the waves.

use serde_json::{Value, json};

use super::super::object::{date, flag, items, name, number, push, set, text, unset};
use super::super::sources::Rendered;
use super::super::world::Pass;
use super::application::{drop_condition, write_condition};
use super::apply::{How, apply, not_found, resource_of};
use super::compare::Row;
use super::health::Health;
use super::{COMPONENT, outcome};

const WAVE_SECONDS: u64 = 2;
const HEAL_SECONDS: u64 = 2;
const STATE: &str = "/status/operationState";

/// Auto-sync and self-heal: whether an operation is due.
pub(super) fn consider(pass: &Pass<'_>, next: &mut Value, revision: &str, rows: &[Row]) {
    let automated = next.pointer("/spec/syncPolicy/automated").cloned();
    let Some(automated) = automated.filter(|policy| policy.get("enabled") != Some(&json!(false)))
    else {
        return;
    };
    let prune = flag(&automated, "/prune");
    let heal = format!("argocd/heal/{}", name(next));
    let differs = rows.iter().any(|row| !row.synced && (prune || !row.prune));
    if !differs {
        pass.held(&heal, false, 0);
        drop_condition(next, "SyncError");
        return;
    }
    let tried = text(next, "/status/operationState/operation/sync/revision") == revision;
    match text(next, "/status/operationState/phase") {
        "Succeeded" if tried => {
            if flag(&automated, "/selfHeal") && pass.held(&heal, true, HEAL_SECONDS) {
                begin_healing(next, revision, rows, prune);
            }
        }
        "Failed" | "Error" if tried => {
            let message = format!(
                "Failed last sync attempt to [{revision}]: {}",
                text(next, "/status/operationState/message")
            );
            write_condition(pass, next, "SyncError", &message);
        }
        _ => {
            let retry = next.pointer("/spec/syncPolicy/retry").cloned();
            let mut operation = json!({
                "sync": {"revision": revision},
                "initiatedBy": {"automated": true},
                "retry": retry.unwrap_or_else(|| json!({"limit": 5})),
            });
            if prune {
                set(&mut operation, "/sync/prune", json!(true));
            }
            if let Some(options) = next.pointer("/spec/syncPolicy/syncOptions") {
                set(&mut operation, "/sync/syncOptions", options.clone());
            }
            set(next, "/operation", operation);
            let message = format!("Initiated automated sync to '{revision}'");
            pass.event(next, COMPONENT, ("Normal", "OperationStarted", &message));
            begin(pass, next, revision);
        }
    }
}

fn begin_healing(next: &mut Value, revision: &str, rows: &[Row], prune: bool) {
    let attempts = "/status/operationState/operation/sync/autoHealAttemptsCount";
    let count = number(next, attempts).unwrap_or(0) + 1;
    let differing = rows
        .iter()
        .filter(|row| !row.synced && (prune || !row.prune));
    let resources: Vec<Value> = differing
        .map(|row| {
            json!({"group": row.group, "kind": row.kind, "namespace": row.space, "name": row.name})
        })
        .collect();
    set(
        next,
        "/operation",
        json!({
            "sync": {
                "revision": revision, "prune": prune, "resources": resources,
                "autoHealAttemptsCount": count,
            },
            "initiatedBy": {"automated": true}, "retry": {"limit": 5},
        }),
    );
}

/// Takes up the operation that stands in the Application.
pub(super) fn begin(pass: &Pass<'_>, next: &mut Value, revision: &str) {
    let operation = next.get("operation").cloned().unwrap_or_default();
    let mut taken = operation;
    if text(&taken, "/sync/revision").is_empty() {
        set(&mut taken, "/sync/revision", json!(revision));
    }
    let asked = text(&taken, "/sync/revision").to_owned();
    let mut result = json!({"revision": asked, "resources": []});
    // A rollback brings the sources of the deployment that it goes back to.
    for field in ["source", "sources"] {
        let own = taken.pointer(&format!("/sync/{field}"));
        if let Some(value) = own.or_else(|| next.pointer(&format!("/spec/{field}"))) {
            set(&mut result, &format!("/{field}"), value.clone());
        }
    }
    set(
        next,
        STATE,
        json!({
            "phase": "Running", "operation": taken, "startedAt": date(pass.now),
            "message": "one or more tasks are running", "syncResult": result,
        }),
    );
}

/// One step of a running operation.
pub(super) fn advance(pass: &Pass<'_>, next: &mut Value, rendered: &Rendered, rows: &[Row]) {
    if waits_for_retry(pass, next) {
        return;
    }
    let tasks = tasks(next, rows);
    let destination = text(next, "/spec/destination/namespace").to_owned();
    if let Some(problem) = invalid(pass, &tasks, &destination) {
        let message = format!("one or more synchronization tasks are not valid: {problem}");
        return outcome::fail(pass, next, &message);
    }
    if flag(next, "/operation/sync/dryRun") {
        return dry_run(pass, next, rendered, (&tasks, &destination));
    }
    let done = items(next, "/status/operationState/syncResult/resources").to_vec();
    let open = |row: &&&Row| !done.iter().any(|entry| row.is(entry));
    let Some(wave) = tasks.iter().filter(open).map(|row| row.wave).min() else {
        return outcome::succeed(pass, next, rendered);
    };
    let before: Vec<&&Row> = tasks.iter().filter(|row| row.wave < wave).collect();
    if !before.is_empty() && !passed(pass, next, &before, wave) {
        return;
    }
    let now: Vec<&&Row> = tasks
        .iter()
        .filter(|row| row.wave == wave)
        .filter(open)
        .collect();
    let mut failures = Vec::new();
    for row in now {
        match carry_out(pass, next, row, &destination) {
            Ok(entry) => push(next, "/status/operationState/syncResult/resources", entry),
            Err(reason) => failures.push(reason),
        }
    }
    if let Some(reason) = failures.first() {
        let message = format!("one or more objects failed to apply, reason: {reason}");
        outcome::fail(pass, next, &message);
    }
}

/// Tries all tasks at once and changes nothing.
fn dry_run(
    pass: &Pass<'_>,
    next: &mut Value,
    rendered: &Rendered,
    (tasks, destination): (&[&Row], &str),
) {
    for row in tasks {
        match carry_out(pass, next, row, destination) {
            Ok(entry) => push(next, "/status/operationState/syncResult/resources", entry),
            Err(_) => {
                return outcome::fail(pass, next, "one or more objects failed to apply (dry run)");
            }
        }
    }
    outcome::succeed(pass, next, rendered);
}

/// Between two attempts: true while the wait is not over.
fn waits_for_retry(pass: &Pass<'_>, next: &mut Value) -> bool {
    if text(next, "/status/operationState/finishedAt").is_empty() {
        return false;
    }
    let count = number(next, "/status/operationState/retryCount").unwrap_or(1);
    // The date of the end is in whole seconds, which are minutes in a lab that goes fast.
    let key = format!("argocd/retry/{}", name(next));
    if !pass.held(&key, true, outcome::retry_wait(count)) {
        return true;
    }
    pass.held(&key, false, 0);
    unset(next, "/status/operationState/finishedAt");
    set(
        next,
        "/status/operationState/syncResult/resources",
        json!([]),
    );
    let message = format!("Retrying operation. Attempt #{count}");
    set(next, "/status/operationState/message", json!(message));
    false
}

/// What the operation is to do: everything, or the resources that it names.
fn tasks<'a>(next: &Value, rows: &'a [Row]) -> Vec<&'a Row> {
    let chosen = items(next, "/operation/sync/resources");
    rows.iter()
        .filter(|row| chosen.is_empty() || chosen.iter().any(|entry| row.is(entry)))
        .collect()
}

/// A kind that is not served and that nothing in this sync brings.
fn invalid(pass: &Pass<'_>, tasks: &[&Row], destination: &str) -> Option<String> {
    let brought = |resource: &str| {
        tasks
            .iter()
            .any(|row| row.kind == "CustomResourceDefinition" && row.name == resource)
    };
    tasks.iter().find_map(|row| {
        let manifest = row.manifest.as_ref()?;
        let resource = resource_of(manifest)?;
        (!pass.serves(&resource) && !brought(&resource)).then(|| not_found(manifest, destination))
    })
}

/// Whether the earlier waves let the next one begin.
fn passed(pass: &Pass<'_>, next: &mut Value, before: &[&&Row], wave: i64) -> bool {
    let of = |row: &&&&Row, states: &[Health]| {
        row.health
            .as_ref()
            .is_some_and(|(state, _)| states.contains(state))
    };
    if let Some(bad) = before.iter().find(|row| of(row, &[Health::Degraded])) {
        let detail = bad.health.as_ref().map_or("", |(_, text)| text.as_str());
        let message = format!(
            "one or more synchronization tasks completed unsuccessfully, reason: {} is Degraded{}{detail}",
            bad.shown(),
            if detail.is_empty() { "" } else { ": " }
        );
        outcome::fail(pass, next, &message);
        return false;
    }
    let states = [Health::Progressing, Health::Missing, Health::Unknown];
    let waited: Vec<_> = before.iter().filter(|row| of(row, &states)).collect();
    let key = format!("argocd/wave/{}/{wave}", name(next));
    let Some(first) = waited.first() else {
        return pass.held(&key, true, WAVE_SECONDS);
    };
    pass.held(&key, false, 0);
    let more = match waited.len() {
        1 => String::new(),
        count => format!(" and {} more resources", count - 1),
    };
    let message = format!("waiting for healthy state of {}{more}", first.shown());
    set(next, "/status/operationState/message", json!(message));
    false
}

fn carry_out(pass: &Pass<'_>, next: &Value, row: &Row, destination: &str) -> Result<Value, String> {
    let how = How {
        dry_run: flag(next, "/operation/sync/dryRun"),
        force: flag(next, "/operation/sync/syncStrategy/hook/force")
            || flag(next, "/operation/sync/syncStrategy/apply/force"),
    };
    let (status, message) = match &row.manifest {
        Some(manifest) => {
            let said = apply(pass, manifest, (destination, Some(name(next))), how)?;
            ("Synced", said)
        }
        None if !flag(next, "/operation/sync/prune") => {
            ("PruneSkipped", "ignored (requires pruning)".to_owned())
        }
        None if how.dry_run => ("Pruned", "pruned (dry run)".to_owned()),
        None => {
            prune(pass, row);
            ("Pruned", "pruned".to_owned())
        }
    };
    Ok(json!({
        "group": row.group, "version": row.version, "kind": row.kind, "namespace": row.space,
        "name": row.name, "status": status, "message": message, "hookPhase": "Running",
        "syncPhase": "Sync",
    }))
}

fn prune(pass: &Pass<'_>, row: &Row) {
    let version = match row.group.as_str() {
        "" => row.version.clone(),
        group => format!("{group}/{}", row.version),
    };
    let gone = json!({
        "apiVersion": version, "kind": row.kind,
        "metadata": {"name": row.name, "namespace": row.space},
    });
    if let Some(resource) = resource_of(&gone) {
        pass.remove(&resource, &gone);
    }
}

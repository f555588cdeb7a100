//! Wanted against live: one row a resource, as `status.resources` shows them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{annotation, contains, flag, items, name, set, text, unset};
use super::super::world::Pass;
use super::apply::{group, resource_of, space_of, version};
use super::health::{Health, health};

/// A resource of an Application.
pub(super) struct Row {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) space: String,
    pub(super) name: String,
    pub(super) wave: i64,
    pub(super) synced: bool,
    pub(super) prune: bool,
    /// None for kinds that have no health.
    pub(super) health: Option<(Health, String)>,
    pub(super) manifest: Option<Arc<Value>>,
}

impl Row {
    /// `apps/Deployment/docs`, as operation messages name it.
    pub(super) fn shown(&self) -> String {
        format!("{}/{}/{}", self.group, self.kind, self.name)
    }

    pub(super) fn is(&self, entry: &Value) -> bool {
        text(entry, "/kind") == self.kind
            && text(entry, "/name") == self.name
            && text(entry, "/group") == self.group
            && matches!(text(entry, "/namespace"), space if space.is_empty() || space == self.space)
    }

    pub(super) fn to_json(&self) -> Value {
        let mut row = json!({
            "version": self.version, "kind": self.kind, "name": self.name,
            "status": if self.synced { "Synced" } else { "OutOfSync" },
        });
        for (key, value) in [("group", &self.group), ("namespace", &self.space)] {
            if !value.is_empty() {
                set(&mut row, &format!("/{key}"), json!(value));
            }
        }
        if self.wave != 0 {
            set(&mut row, "/syncWave", json!(self.wave));
        }
        if self.prune {
            set(&mut row, "/requiresPruning", json!(true));
        }
        row
    }
}

/// Compares what a source yields with what is there.
pub(super) fn compare(pass: &Pass<'_>, application: &Value, manifests: &[Arc<Value>]) -> Vec<Row> {
    let destination = text(application, "/spec/destination/namespace");
    let mut rows: Vec<Row> = manifests
        .iter()
        .map(|manifest| row(pass, application, manifest, destination))
        .collect();
    let known = items(application, "/status/resources").iter();
    let gone: Vec<Row> = known
        .filter(|entry| !rows.iter().any(|row| row.is(entry)))
        .filter_map(|entry| leftover(pass, application, entry))
        .collect();
    rows.extend(gone);
    rows.sort_by(|a, b| (a.wave, order(&a.kind), &a.name).cmp(&(b.wave, order(&b.kind), &b.name)));
    rows
}

/// The order in which kinds are applied within a wave.
fn order(kind: &str) -> usize {
    let first = [
        "Namespace",
        "NetworkPolicy",
        "ServiceAccount",
        "Secret",
        "ConfigMap",
        "StorageClass",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Service",
        "DaemonSet",
        "Deployment",
        "StatefulSet",
        "Job",
    ];
    first
        .iter()
        .position(|known| *known == kind)
        .unwrap_or(first.len())
}

fn row(pass: &Pass<'_>, application: &Value, manifest: &Arc<Value>, destination: &str) -> Row {
    let space = space_of(manifest, destination);
    let live = resource_of(manifest).and_then(|kind| pass.get(&kind, space, name(manifest)));
    let synced = live
        .as_deref()
        .is_some_and(|live| matches(application, live, manifest));
    Row {
        group: group(manifest).to_owned(),
        version: version(manifest).to_owned(),
        kind: text(manifest, "/kind").to_owned(),
        space: space.to_owned(),
        name: name(manifest).to_owned(),
        wave: wave(manifest),
        synced,
        prune: false,
        health: state(pass, manifest, live),
        manifest: Some(Arc::clone(manifest)),
    }
}

fn state(pass: &Pass<'_>, manifest: &Value, live: Option<Arc<Value>>) -> Option<(Health, String)> {
    match live {
        Some(live) => health(pass, &live),
        None => health(pass, manifest).map(|_| (Health::Missing, String::new())),
    }
}

/// Tracked by this Application, and all that is wanted is there.
fn matches(application: &Value, live: &Value, manifest: &Value) -> bool {
    let tracked = annotation(live, "argocd.argoproj.io/tracking-id").is_some_and(|tracking| {
        tracking
            .strip_prefix(name(application))
            .is_some_and(|rest| rest.starts_with(':'))
    });
    if !tracked || text(manifest, "/kind") == "CustomResourceDefinition" {
        return tracked;
    }
    let rules = items(application, "/spec/ignoreDifferences");
    if rules.is_empty() {
        return contains(live, manifest);
    }
    let mut wanted = manifest.clone();
    for rule in rules {
        let kind_fits = text(rule, "/kind") == text(manifest, "/kind");
        let own_name = text(rule, "/name");
        if kind_fits && (own_name.is_empty() || own_name == name(manifest)) {
            for pointer in items(rule, "/jsonPointers")
                .iter()
                .filter_map(Value::as_str)
            {
                unset(&mut wanted, pointer);
            }
        }
    }
    contains(live, &wanted)
}

/// The sync wave of an object.
pub(super) fn wave(manifest: &Value) -> i64 {
    annotation(manifest, "argocd.argoproj.io/sync-wave")
        .and_then(|wave| wave.parse().ok())
        .unwrap_or(0)
}

/// Something that the Application still tracks and no longer wants.
fn leftover(pass: &Pass<'_>, application: &Value, entry: &Value) -> Option<Row> {
    let version = match text(entry, "/group") {
        "" => text(entry, "/version").to_owned(),
        group => format!("{group}/{}", text(entry, "/version")),
    };
    let stand_in = json!({"apiVersion": version, "kind": text(entry, "/kind")});
    let resource = resource_of(&stand_in)?;
    let live = pass.get(&resource, text(entry, "/namespace"), text(entry, "/name"))?;
    let tracking = annotation(&live, "argocd.argoproj.io/tracking-id")?;
    if !tracking.starts_with(&format!("{}:", name(application))) {
        return None;
    }
    let leaving = !flag(&live, "/metadata/deletionTimestamp");
    leaving.then(|| Row {
        group: text(entry, "/group").to_owned(),
        version: text(entry, "/version").to_owned(),
        kind: text(entry, "/kind").to_owned(),
        space: text(entry, "/namespace").to_owned(),
        name: text(entry, "/name").to_owned(),
        wave: wave(&live),
        synced: false,
        prune: true,
        health: health(pass, &live),
        manifest: None,
    })
}

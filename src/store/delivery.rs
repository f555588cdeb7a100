//! What follows of applications from several tables: health where Argo CD does not write it, who waits
//! for whom, who brings a kind, where Argo CD itself is reached.

use super::bootstrap::{Wave, waves};
use super::{Store, Table};
use crate::domain::application::{AppResource, Application, Health, Phase, Sync};
use crate::domain::checkup::Vital;
use crate::domain::health_rule::{self, Judged, certificate, gateway_api, ruled};
use crate::domain::line::Line;
use crate::domain::object::{Condition, Object, ObjectRef, Severity};
use crate::domain::pod::Pod;
use crate::domain::route::{Backend, ParentStatus, Route};

/// What is known of a resource's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// This is it, with a sentence where there is one.
    Is(Health, String),
    /// Kinds like it have none, and count as fine.
    HasNone,
    /// The object was asked for, and this is why it cannot be read.
    Unread(String),
    /// Argo CD does not write it, and nothing that is watched tells.
    NotKnown,
}

/// The health of a resource: as Argo CD writes it, or else by its rules from the objects themselves.
pub fn health(store: &Store, resource: &AppResource) -> Told {
    if let Some(health) = resource.health {
        return Told::Is(health, String::new());
    }
    if ruled(&resource.group, &resource.kind).is_none() {
        return Told::HasNone;
    }
    if let Some(told) = watched(store, resource) {
        return told;
    }
    match store.checkups.get(&resource.into()) {
        Some((_, Vital::Judged { health, why })) => Told::Is(*health, why.to_string()),
        Some((_, Vital::Missing)) => Told::Is(Health::Missing, String::new()),
        Some((_, Vital::Unread { why })) => Told::Unread(why.to_string()),
        None => workload(&pods(store, resource)),
    }
}

/// Whether only the object itself tells of its health, so that somebody who looks needs it read.
pub fn is_to_be_read(store: &Store, resource: &AppResource) -> bool {
    resource.health.is_none()
        && ruled(&resource.group, &resource.kind).is_some()
        && watched(store, resource).is_none()
}

/// What the tables tell of a resource of a kind that has a rule.
fn watched(store: &Store, resource: &AppResource) -> Option<Told> {
    let id = &resource.id;
    let found = Tables { store, id };
    match resource.kind.as_str() {
        "Application" => found.of(&store.applications, |it| {
            (it.health, it.message().to_owned())
        }),
        "Certificate" => found.of(&store.certificates, |it| certificate(&it.conditions)),
        "Issuer" => found.of(&store.issuers, |it| issuer(&it.conditions)),
        "ClusterIssuer" => found.of(&store.cluster_issuers, |it| issuer(&it.0.conditions)),
        "SecretStore" => found.of(&store.secret_stores, |it| secrets(&it.conditions)),
        "ClusterSecretStore" => {
            found.of(&store.cluster_secret_stores, |it| secrets(&it.0.conditions))
        }
        "GatewayClass" => found.of(&store.gateway_classes, |it| gateway_api(&it.conditions)),
        "Gateway" => found.of(&store.gateways, |it| {
            let listeners = it.listeners.iter().flat_map(|each| &each.conditions);
            health_rule::gateway(&it.conditions, listeners)
        }),
        "HTTPRoute" => found.of(&store.http_routes, route),
        "GRPCRoute" => found.of(&store.routing.grpc_routes, route),
        "BackendTLSPolicy" => found.of(&store.routing.backend_tls, |it| told_of(&it.ancestors)),
        "Pod" => found.of(&store.pods, pod),
        _ => None,
    }
}

/// Looks up one object.
struct Tables<'a> {
    store: &'a Store,
    id: &'a ObjectRef,
}

impl Tables<'_> {
    fn of<T: Object>(&self, table: &Table<T>, told: impl Fn(&T) -> Judged) -> Option<Told> {
        match table.get(self.id) {
            Some(object) => {
                let (health, said) = told(object);
                Some(Told::Is(health, said))
            }
            // A list of one namespace says nothing of the others.
            None if table.is_complete() && self.is_within() => {
                Some(Told::Is(Health::Missing, String::new()))
            }
            None => None,
        }
    }

    fn is_within(&self) -> bool {
        self.id.namespace.is_empty() || self.store.reaches(&self.id.namespace)
    }
}

fn issuer(conditions: &[Condition]) -> Judged {
    health_rule::ready(conditions, "the issuer begins")
}

fn secrets(conditions: &[Condition]) -> Judged {
    health_rule::ready(conditions, "the store is not proven yet")
}

fn route(route: &Route) -> Judged {
    told_of(&route.statuses)
}

/// The worst of what is said for each parent.
fn told_of(statuses: &[ParentStatus]) -> Judged {
    health_rule::parents(statuses.iter().map(|it| it.conditions.as_slice()))
}

/// Argo CD's health of a pod.
pub fn pod(pod: &Pod) -> Judged {
    let ready = usize::try_from(pod.ready).unwrap_or(0) >= pod.total();
    let why = || {
        pod.ailment()
            .map_or_else(String::new, |it| it.why.to_string())
    };
    match pod.ailment().map(|ailment| ailment.severity) {
        _ if pod.is_completed() => (Health::Healthy, String::new()),
        Some(Severity::Critical) => (Health::Degraded, why()),
        _ if pod.status == "Running" && ready => (Health::Healthy, String::new()),
        _ => (Health::Progressing, why()),
    }
}

/// A rollout is Healthy when all of its pods are; what it wants is not watched, so that no pods tell
/// nothing.
fn workload(pods: &[&Pod]) -> Told {
    if pods.is_empty() {
        return Told::NotKnown;
    }
    let well = pods
        .iter()
        .filter(|it| pod(it).0 == Health::Healthy)
        .count();
    if well == pods.len() {
        Told::Is(Health::Healthy, String::new())
    } else {
        let said = format!("{well} of {} pods are ready", pods.len());
        Told::Is(Health::Progressing, said)
    }
}

/// The pods below a workload, by the owners that they name.
pub fn pods<'a>(store: &'a Store, resource: &'a AppResource) -> Vec<&'a Pod> {
    let name = resource.id.name.as_str();
    let is_of = |pod: &&Pod| {
        let Some(owner) = &pod.owner else {
            return false;
        };
        match resource.kind.as_str() {
            // The name of a ReplicaSet is that of its Deployment and a hash.
            "Deployment" => {
                let stem = owner.name.rsplit_once('-').map(|(stem, _)| stem);
                owner.kind == "ReplicaSet" && stem == Some(name)
            }
            kind => owner.kind == *kind && owner.name == *name,
        }
    };
    let pods = store.pods.in_namespace(&resource.id.namespace);
    pods.filter(is_of).collect()
}

/// What a wave waits for: its number, that of the earlier wave, and who is not well there.
pub fn waits(store: &Store) -> Vec<(i32, i32, Vec<Line>)> {
    let waves = waves(store);
    let open = |wave: &Wave<'_>| {
        let there = wave.open.iter().map(|it| &it.id.name);
        let names: Vec<Line> = there.chain(wave.missing.iter().copied()).cloned().collect();
        names
    };
    let awaited = |number: i32| waves.iter().find(|it| it.number == number).map(open);
    waves
        .iter()
        .filter_map(|wave| {
            let earlier = wave.waits_for?;
            Some((wave.number, earlier, awaited(earlier)?))
        })
        .collect()
}

/// The application that brings the definition of a kind.
pub fn brings<'a>(store: &'a Store, group: &str) -> Option<&'a Application> {
    let ending = format!(".{group}");
    let brings = |it: &&Application| {
        it.resources.iter().any(|resource| {
            resource.kind == "CustomResourceDefinition" && resource.id.name.ends_with(&ending)
        })
    };
    store.applications.iter().find(brings)
}

/// The parents of an application, the topmost first, as far as they are there.
pub fn parents<'a>(store: &'a Store, app: &Application) -> Vec<&'a Application> {
    let mut found: Vec<&Application> = Vec::new();
    let mut above = app.parent.clone();
    while let Some(name) = above.take() {
        let id = ObjectRef::new(app.id.namespace.clone(), name);
        let Some(parent) = store.applications.get(&id) else {
            break;
        };
        // Two that claim to have made each other have no top.
        if parent.id == app.id || found.iter().any(|it| it.id == parent.id) {
            break;
        }
        found.insert(0, parent);
        above.clone_from(&parent.parent);
    }
    found
}

/// Whether something in the cluster changes what Argo CD has just applied: it differs from a revision
/// whose sync went well.
pub fn is_changed_behind(app: &Application) -> bool {
    let applied = app
        .operation
        .as_ref()
        .filter(|it| it.phase == Phase::Succeeded && it.chosen == 0 && !it.dry_run);
    app.sync == Sync::OutOfSync && applied.is_some_and(|it| Some(&it.revision) == app.revision())
}

/// The host at which Argo CD's own pages are served: that of a route to `argocd-server`.
pub fn argocd_host(store: &Store) -> Option<&Line> {
    let leads = store.http_routes.iter().find(|route| {
        let to = |it: &Backend| it.id.name == "argocd-server";
        route.backends().any(to) && !route.hostnames.is_empty()
    });
    leads?.hostnames.first()
}

#[cfg(test)]
mod tests;

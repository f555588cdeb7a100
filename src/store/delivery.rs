//! What follows of applications from several tables: health where Argo CD does not write it, who waits
//! for whom, who brings a kind, where Argo CD itself is reached.

use super::bootstrap::{Wave, waves};
use super::{Store, Table};
use crate::domain::application::{AppResource, Application, Health, Phase, Sync};
use crate::domain::line::Line;
use crate::domain::object::{Condition, Object, ObjectRef, Severity, Truth, condition};
use crate::domain::pod::Pod;
use crate::domain::route::{Backend, ParentStatus, Route};

/// What is known of a resource's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// This is it, with a sentence where there is one.
    Is(Health, String),
    /// Kinds like it have none, and count as fine.
    HasNone,
    /// Argo CD does not write it, and nothing that is watched tells.
    NotKnown,
}

/// Kinds that Argo CD has a rule for, and whose objects are not watched here.
const UNWATCHED: &[&str] = &[
    "Service",
    "Ingress",
    "PersistentVolumeClaim",
    "Job",
    "CronJob",
    "ReplicaSet",
    "HorizontalPodAutoscaler",
    "APIService",
    "CustomResourceDefinition",
    "Issuer",
    "ClusterIssuer",
    "ExternalSecret",
    "SecretStore",
    "ClusterSecretStore",
    "PushSecret",
];

/// The health of a resource: as Argo CD writes it, or else by its rules from the objects themselves.
pub fn health(store: &Store, resource: &AppResource) -> Told {
    if let Some(health) = resource.health {
        return Told::Is(health, String::new());
    }
    let id = &resource.id;
    match resource.kind.as_str() {
        "Application" => of(&store.applications, id, |it| {
            (it.health, it.message().to_owned())
        }),
        "Certificate" => of(&store.certificates, id, |it| certificate(&it.conditions)),
        "GatewayClass" => of(&store.gateway_classes, id, |it| gateway_api(&it.conditions)),
        "Gateway" => of(&store.gateways, id, |it| {
            let listeners = it
                .listeners
                .iter()
                .flat_map(|listener| &listener.conditions);
            let bad = listeners
                .filter(|it| it.kind == "ResolvedRefs")
                .find(|it| it.status == Truth::False);
            match bad {
                Some(bad) => (Health::Degraded, format!("Listener: {}", bad.message)),
                None => gateway_api(&it.conditions),
            }
        }),
        "HTTPRoute" => of(&store.http_routes, id, route),
        "GRPCRoute" => of(&store.routing.grpc_routes, id, route),
        "BackendTLSPolicy" => of(&store.routing.backend_tls, id, |it| told_of(&it.ancestors)),
        "Pod" => of(&store.pods, id, pod),
        "Deployment" | "StatefulSet" | "DaemonSet" => workload(&pods(store, resource)),
        kind if UNWATCHED.contains(&kind) => Told::NotKnown,
        _ => Told::HasNone,
    }
}

fn of<T: Object>(table: &Table<T>, id: &ObjectRef, told: impl Fn(&T) -> (Health, String)) -> Told {
    match table.get(id) {
        Some(object) => {
            let (health, said) = told(object);
            Told::Is(health, said)
        }
        None if table.is_complete() => Told::Is(Health::Missing, String::new()),
        None => Told::NotKnown,
    }
}

fn route(route: &Route) -> (Health, String) {
    told_of(&route.statuses)
}

/// The worst of what is said for each parent.
fn told_of(statuses: &[ParentStatus]) -> (Health, String) {
    let states = (statuses.iter()).map(|status| gateway_api(&status.conditions));
    states
        .max_by_key(|(health, _)| *health)
        .unwrap_or_else(|| (Health::Progressing, "no controller answers yet".to_owned()))
}

fn certificate(conditions: &[Condition]) -> (Health, String) {
    let is = |kind: &str, status| condition(conditions, kind).filter(|it| it.status == status);
    if let Some(issuing) = is("Issuing", Truth::True) {
        return (Health::Progressing, issuing.message.to_string());
    }
    if let Some(bad) = is("Ready", Truth::False) {
        return (Health::Degraded, bad.message.to_string());
    }
    match is("Ready", Truth::True) {
        Some(_) => (Health::Healthy, String::new()),
        None => (Health::Progressing, "waiting for certificate".to_owned()),
    }
}

fn gateway_api(conditions: &[Condition]) -> (Health, String) {
    const COUNT: [&str; 3] = ["Accepted", "Programmed", "ResolvedRefs"];
    if conditions.is_empty() {
        return (Health::Progressing, "no status yet".to_owned());
    }
    let counted = conditions
        .iter()
        .filter(|it| COUNT.contains(&it.kind.as_str()));
    let bad = counted.into_iter().find(|it| it.status == Truth::False);
    bad.map_or((Health::Healthy, String::new()), |bad| {
        (Health::Degraded, bad.message.to_string())
    })
}

/// Argo CD's health of a pod.
pub fn pod(pod: &Pod) -> (Health, String) {
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

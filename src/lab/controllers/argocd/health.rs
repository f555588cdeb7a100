//! Argo CD's health of one live object, by its built-in rules and scripts.

use serde_json::Value;

use super::super::object::{condition, generation, holds, items, number, text};
use super::super::world::Pass;
use super::SPACE;

/// Health, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Health {
    Healthy,
    Suspended,
    Progressing,
    Missing,
    Degraded,
    Unknown,
}

impl Health {
    /// As Argo CD writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }

    fn read(word: &str) -> Option<Self> {
        let all = [
            Self::Healthy,
            Self::Suspended,
            Self::Progressing,
            Self::Missing,
            Self::Degraded,
            Self::Unknown,
        ];
        all.into_iter().find(|health| health.word() == word)
    }
}

type State = (Health, String);

/// An object's health, None for kinds that have none.
pub(super) fn health(pass: &Pass<'_>, live: &Value) -> Option<State> {
    Some(match text(live, "/kind") {
        "Deployment" => deployment(live),
        "StatefulSet" | "ReplicaSet" => replicas(live),
        "DaemonSet" => daemons(live),
        "Job" => job(live),
        "Service" => service(live),
        "Application" => application(pass, live)?,
        "Certificate" => certificate(live),
        "ClusterIssuer" | "Issuer" => by_ready(live, "Initializing ClusterIssuer"),
        "ExternalSecret" => by_ready(live, "Waiting for ExternalSecret"),
        "ClusterSecretStore" | "SecretStore" => by_ready(live, "Waiting for ClusterSecretStore"),
        "GatewayClass" => conditions(
            items(live, "/status/conditions"),
            "Waiting for GatewayClass",
        ),
        "Gateway" => gateway(live),
        "HTTPRoute" => route(live),
        _ => return None,
    })
}

fn progressing(message: impl Into<String>) -> State {
    (Health::Progressing, message.into())
}

fn healthy() -> State {
    (Health::Healthy, String::new())
}

fn observed(live: &Value) -> bool {
    number(live, "/status/observedGeneration") >= generation(live)
        && number(live, "/status/observedGeneration").is_some()
}

fn deployment(live: &Value) -> State {
    if !observed(live) {
        return progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired generation",
        );
    }
    let late = condition(live, "Progressing")
        .is_some_and(|found| text(found, "/reason") == "ProgressDeadlineExceeded");
    if late {
        let name = text(live, "/metadata/name");
        return (
            Health::Degraded,
            format!("Deployment \"{name}\" exceeded its progress deadline"),
        );
    }
    let wanted = number(live, "/spec/replicas").unwrap_or(1);
    let count = |field: &str| number(live, &format!("/status/{field}")).unwrap_or(0);
    let (updated, all, available) = (
        count("updatedReplicas"),
        count("replicas"),
        count("availableReplicas"),
    );
    if updated < wanted {
        progressing(format!(
            "Waiting for rollout to finish: {updated} out of {wanted} new replicas have been updated..."
        ))
    } else if all > updated {
        progressing(format!(
            "Waiting for rollout to finish: {} old replicas are pending termination...",
            all - updated
        ))
    } else if available < updated {
        progressing(format!(
            "Waiting for rollout to finish: {available} of {updated} updated replicas are available..."
        ))
    } else {
        healthy()
    }
}

fn replicas(live: &Value) -> State {
    let wanted = number(live, "/spec/replicas").unwrap_or(1);
    let ready = number(live, "/status/readyReplicas").unwrap_or(0);
    if observed(live) && ready >= wanted {
        healthy()
    } else {
        progressing(format!(
            "Waiting for {} pods to be ready...",
            wanted - ready
        ))
    }
}

fn daemons(live: &Value) -> State {
    let wanted = number(live, "/status/desiredNumberScheduled").unwrap_or(0);
    let ready = number(live, "/status/numberAvailable").unwrap_or(0);
    if observed(live) && ready >= wanted {
        healthy()
    } else {
        let text = format!("{ready} of {wanted} updated pods are available...");
        progressing(format!(
            "Waiting for daemon set \"{}\" rollout to finish: {text}",
            text_name(live)
        ))
    }
}

fn text_name(live: &Value) -> &str {
    text(live, "/metadata/name")
}

fn job(live: &Value) -> State {
    if holds(live, "Complete") {
        (
            Health::Healthy,
            "Reached expected number of succeeded pods".to_owned(),
        )
    } else {
        progressing("")
    }
}

fn service(live: &Value) -> State {
    let balanced = text(live, "/spec/type") == "LoadBalancer";
    if balanced && items(live, "/status/loadBalancer/ingress").is_empty() {
        progressing("")
    } else {
        healthy()
    }
}

/// Without the script in `argocd-cm`, Applications have no health for their parent.
fn application(pass: &Pass<'_>, live: &Value) -> Option<State> {
    let config = pass.get("configmaps", SPACE, "argocd-cm")?;
    config
        .pointer("/data")?
        .get("resource.customizations.health.argoproj.io_Application")?;
    let state = Health::read(text(live, "/status/health/status"));
    Some((state.unwrap_or(Health::Progressing), String::new()))
}

fn certificate(live: &Value) -> State {
    if holds(live, "Issuing") {
        let message = condition(live, "Issuing").map_or("", |found| text(found, "/message"));
        return progressing(message);
    }
    by_ready(live, "Waiting for certificate")
}

fn by_ready(live: &Value, waiting: &str) -> State {
    match condition(live, "Ready") {
        Some(ready) if text(ready, "/status") == "True" => {
            (Health::Healthy, text(ready, "/message").to_owned())
        }
        Some(ready) => (Health::Degraded, text(ready, "/message").to_owned()),
        None => progressing(waiting),
    }
}

fn conditions(list: &[Value], waiting: &str) -> State {
    if list.is_empty() {
        return progressing(waiting);
    }
    let bad = list.iter().find(|condition| {
        text(condition, "/status") == "False"
            && matches!(
                text(condition, "/type"),
                "Accepted" | "Programmed" | "ResolvedRefs"
            )
    });
    bad.map_or_else(healthy, |bad| {
        (Health::Degraded, text(bad, "/message").to_owned())
    })
}

fn gateway(live: &Value) -> State {
    for listener in items(live, "/status/listeners") {
        let bad = items(listener, "/conditions").iter().find(|condition| {
            text(condition, "/type") == "ResolvedRefs" && text(condition, "/status") == "False"
        });
        if let Some(bad) = bad {
            return (
                Health::Degraded,
                format!("Listener: {}", text(bad, "/message")),
            );
        }
    }
    conditions(
        items(live, "/status/conditions"),
        "Waiting for Gateway status",
    )
}

fn route(live: &Value) -> State {
    let parents = items(live, "/status/parents");
    if parents.is_empty() {
        return progressing("Waiting for HTTPRoute status");
    }
    for parent in parents {
        let state = conditions(items(parent, "/conditions"), "Waiting for HTTPRoute status");
        if state.0 != Health::Healthy {
            return (
                state.0,
                format!("Parent {}: {}", text(parent, "/parentRef/name"), state.1),
            );
        }
    }
    healthy()
}

//! Kinds that say by conditions how they are.

use crate::domain::application::Health;
use crate::domain::health_rule::{self, Judged, well};
use crate::domain::object::{Condition, Truth, condition};
use crate::kube::wire::vital::Seen;

/// Judges an object of `kind`.
pub(super) fn judge(kind: &str, seen: &Seen) -> Judged {
    let conditions = seen.conditions();
    match kind {
        "Certificate" => health_rule::certificate(&conditions),
        "Issuer" | "ClusterIssuer" => health_rule::ready(&conditions, "the issuer begins"),
        "ExternalSecret" => external_secret(seen, &conditions),
        "SecretStore" | "ClusterSecretStore" => {
            health_rule::ready(&conditions, "the store is not proven yet")
        }
        "PushSecret" => health_rule::ready(&conditions, "it is not pushed yet"),
        "GatewayClass" => health_rule::gateway_api(&conditions),
        "Gateway" => {
            let listeners = seen.conditions_of("/listeners");
            health_rule::gateway(&conditions, listeners.iter().flatten())
        }
        "HTTPRoute" | "GRPCRoute" => {
            let parents = seen.conditions_of("/parents");
            health_rule::parents(parents.iter().map(Vec::as_slice))
        }
        "BackendTLSPolicy" => {
            let ancestors = seen.conditions_of("/ancestors");
            health_rule::parents(ancestors.iter().map(Vec::as_slice))
        }
        "HorizontalPodAutoscaler" => autoscaler(&conditions),
        "APIService" => api_service(&conditions),
        "CustomResourceDefinition" => definition(&conditions),
        "Application" => application(seen),
        _ => (Health::Unknown, String::new()),
    }
}

/// One that follows changes of itself only counts what was said since it was read last.
fn external_secret(seen: &Seen, conditions: &[Condition]) -> Judged {
    let waits = "it was not read yet";
    let refreshed: Option<jiff::Timestamp> = seen.text("/refreshTime").parse().ok();
    let said = condition(conditions, "Ready").and_then(|it| it.since);
    if seen.spec.refresh_policy == "OnChange" && said < refreshed {
        return (Health::Progressing, waits.to_owned());
    }
    health_rule::ready(conditions, waits)
}

/// The first condition that decides.
fn autoscaler(conditions: &[Condition]) -> Judged {
    const BAD: [(&str, &str); 4] = [
        ("AbleToScale", "FailedGetScale"),
        ("AbleToScale", "FailedUpdateScale"),
        ("ScalingActive", "FailedGetResourceMetric"),
        ("ScalingActive", "InvalidSelector"),
    ];
    const GOOD: [(&str, &str); 4] = [
        ("AbleToScale", "SucceededRescale"),
        ("ScalingLimited", "DesiredWithinRange"),
        ("ScalingLimited", "TooFewReplicas"),
        ("ScalingLimited", "TooManyReplicas"),
    ];
    for it in conditions {
        let said = (it.kind.as_str(), it.reason.as_str());
        if BAD.contains(&said) {
            return (Health::Degraded, it.message.to_string());
        }
        if GOOD.contains(&said) {
            return well();
        }
    }
    (Health::Progressing, "it waits to scale".to_owned())
}

fn api_service(conditions: &[Condition]) -> Judged {
    match condition(conditions, "Available") {
        Some(it) if it.status == Truth::True => well(),
        Some(it) => (Health::Progressing, it.message.to_string()),
        None => (Health::Progressing, "it waits to be looked at".to_owned()),
    }
}

fn definition(conditions: &[Condition]) -> Judged {
    if conditions.is_empty() {
        return (Health::Progressing, "no status yet".to_owned());
    }
    let is = |kind, status| condition(conditions, kind).filter(|it| it.status == status);
    if let Some(it) = is("Terminating", Truth::True) {
        return (Health::Progressing, format!("it ends: {}", it.message));
    }
    if let Some(it) = is("NamesAccepted", Truth::False) {
        let why = format!("its names are not accepted: {}", it.message);
        return (Health::Degraded, why);
    }
    if is("Established", Truth::True).is_none() {
        return (Health::Degraded, "it is not established".to_owned());
    }
    match is("NonStructuralSchema", Truth::True) {
        Some(it) => (Health::Degraded, format!("its schema: {}", it.message)),
        None => well(),
    }
}

/// An Application within an application carries its own health, where Argo CD is told to look at it.
fn application(seen: &Seen) -> Judged {
    let health = match seen.text("/health/status") {
        "Healthy" => Health::Healthy,
        "Suspended" => Health::Suspended,
        "Missing" => Health::Missing,
        "Degraded" => Health::Degraded,
        "Unknown" => Health::Unknown,
        _ => Health::Progressing,
    };
    (health, String::new())
}

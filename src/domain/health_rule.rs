//! Which kinds have a health by Argo CD's rules, and those rules that go by conditions alone.
//!
//! What else an object says is judged where it is read. A kind without a rule counts as fine.

use super::application::Health;
use super::object::{Condition, Truth, condition};

/// A kind that has a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// The resource, as in addresses.
    pub plural: &'static str,
    /// The version whose shape the rule knows; that by which it was applied where it knows them all.
    pub version: Option<&'static str>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

const fn of(group: &'static str, (kind, plural): (&'static str, &'static str)) -> Ruled {
    Ruled {
        group,
        kind,
        plural,
        version: Some("v1"),
        namespaced: true,
    }
}

const fn wide(ruled: Ruled) -> Ruled {
    Ruled {
        namespaced: false,
        ..ruled
    }
}

const fn any_version(ruled: Ruled) -> Ruled {
    Ruled {
        version: None,
        ..ruled
    }
}

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const CERT_MANAGER: &str = "cert-manager.io";
const EXTERNAL_SECRETS: &str = "external-secrets.io";

/// Every kind that has one.
const ALL: &[Ruled] = &[
    of("", ("Pod", "pods")),
    of("", ("Service", "services")),
    of("", ("PersistentVolumeClaim", "persistentvolumeclaims")),
    of("apps", ("Deployment", "deployments")),
    of("apps", ("StatefulSet", "statefulsets")),
    of("apps", ("DaemonSet", "daemonsets")),
    of("apps", ("ReplicaSet", "replicasets")),
    of("batch", ("Job", "jobs")),
    of("batch", ("CronJob", "cronjobs")),
    of("networking.k8s.io", ("Ingress", "ingresses")),
    Ruled {
        version: Some("v2"),
        ..of(
            "autoscaling",
            ("HorizontalPodAutoscaler", "horizontalpodautoscalers"),
        )
    },
    wide(of("apiregistration.k8s.io", ("APIService", "apiservices"))),
    wide(of(
        "apiextensions.k8s.io",
        ("CustomResourceDefinition", "customresourcedefinitions"),
    )),
    any_version(of("argoproj.io", ("Application", "applications"))),
    any_version(of(CERT_MANAGER, ("Certificate", "certificates"))),
    any_version(of(CERT_MANAGER, ("Issuer", "issuers"))),
    any_version(wide(of(CERT_MANAGER, ("ClusterIssuer", "clusterissuers")))),
    any_version(wide(of(GATEWAY_API, ("GatewayClass", "gatewayclasses")))),
    any_version(of(GATEWAY_API, ("Gateway", "gateways"))),
    any_version(of(GATEWAY_API, ("HTTPRoute", "httproutes"))),
    any_version(of(GATEWAY_API, ("GRPCRoute", "grpcroutes"))),
    any_version(of(GATEWAY_API, ("BackendTLSPolicy", "backendtlspolicies"))),
    any_version(of(EXTERNAL_SECRETS, ("ExternalSecret", "externalsecrets"))),
    any_version(of(EXTERNAL_SECRETS, ("SecretStore", "secretstores"))),
    any_version(wide(of(
        EXTERNAL_SECRETS,
        ("ClusterSecretStore", "clustersecretstores"),
    ))),
    any_version(of(EXTERNAL_SECRETS, ("PushSecret", "pushsecrets"))),
];

/// The rule of a kind; nothing where it has none.
pub fn ruled(group: &str, kind: &str) -> Option<&'static Ruled> {
    ALL.iter().find(|it| it.group == group && it.kind == kind)
}

/// A health, and a sentence where there is one.
pub type Judged = (Health, String);

/// Healthy, with nothing to say.
pub fn well() -> Judged {
    (Health::Healthy, String::new())
}

/// By `Ready` alone; `waiting` is said while it is not there.
pub fn ready(conditions: &[Condition], waiting: &str) -> Judged {
    match condition(conditions, "Ready") {
        Some(it) if it.status == Truth::True => well(),
        Some(it) if it.status == Truth::False => (Health::Degraded, it.message.to_string()),
        _ => (Health::Progressing, waiting.to_owned()),
    }
}

/// A Certificate: one that is being issued is on its way, whatever it was before.
pub fn certificate(conditions: &[Condition]) -> Judged {
    let issuing = condition(conditions, "Issuing").filter(|it| it.status == Truth::True);
    match issuing {
        Some(issuing) => (Health::Progressing, issuing.message.to_string()),
        None => ready(conditions, "waiting for certificate"),
    }
}

/// Conditions as the Gateway API has them: the first that counts and does not hold.
pub fn gateway_api(conditions: &[Condition]) -> Judged {
    const COUNT: [&str; 3] = ["Accepted", "Programmed", "ResolvedRefs"];
    if conditions.is_empty() {
        return (Health::Progressing, "no status yet".to_owned());
    }
    let mut counted = conditions
        .iter()
        .filter(|it| COUNT.contains(&it.kind.as_str()));
    counted
        .find(|it| it.status == Truth::False)
        .map_or_else(well, |bad| (Health::Degraded, bad.message.to_string()))
}

/// A Gateway: one listener without its references degrades all of it.
pub fn gateway<'a>(
    conditions: &[Condition],
    listeners: impl Iterator<Item = &'a Condition>,
) -> Judged {
    let mut lacking = listeners.filter(|it| it.kind == "ResolvedRefs");
    match lacking.find(|it| it.status == Truth::False) {
        Some(bad) => (Health::Degraded, format!("Listener: {}", bad.message)),
        None => gateway_api(conditions),
    }
}

/// The worst of what is said for each parent.
pub fn parents<'a>(statuses: impl Iterator<Item = &'a [Condition]>) -> Judged {
    statuses
        .map(gateway_api)
        .max_by_key(|(health, _)| *health)
        .unwrap_or_else(|| (Health::Progressing, "no controller answers yet".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_group_as_well() {
        assert_eq!(ruled("apps", "Deployment").unwrap().plural, "deployments");
        assert!(ruled("", "Service").is_some());
        assert_eq!(ruled("serving.knative.dev", "Service"), None);
        assert_eq!(ruled("gateway.envoyproxy.io", "EnvoyProxy"), None);
    }

    #[test]
    fn no_kind_is_there_twice() {
        for (number, each) in ALL.iter().enumerate() {
            let same = |it: &Ruled| it.group == each.group && it.kind == each.kind;
            assert_eq!(ALL.iter().position(same), Some(number));
        }
    }
}

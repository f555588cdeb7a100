//! Envoy Gateway: the conditions of classes, Gateways, `ListenerSets`, listeners and routes of every kind,
//! and the proxy's own Deployment and Service for each Gateway.
//!
//! Programmed is about replicas, as in the real controller, not about what Envoy has taken.

mod class;
mod infra;
mod listener;
mod listener_set;
mod policy;
mod route;
mod status;

use super::world::Pass;

const GROUP: &str = "gateway.networking.k8s.io";
const SPACE: &str = "envoy-gateway-system";
const CONTROLLER: &str = "gateway.envoyproxy.io/gatewayclass-controller";
const CLASSES: &str = "gatewayclasses.gateway.networking.k8s.io";
const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
const SETS: &str = "listenersets.gateway.networking.k8s.io";
/// Kinds of routes, and where their objects are.
const ROUTES: &[(&str, &str)] = &[
    ("HTTPRoute", "httproutes.gateway.networking.k8s.io"),
    ("GRPCRoute", "grpcroutes.gateway.networking.k8s.io"),
    ("TLSRoute", "tlsroutes.gateway.networking.k8s.io"),
    ("TCPRoute", "tcproutes.gateway.networking.k8s.io"),
];
const GRANTS: &str = "referencegrants.gateway.networking.k8s.io";
const PROXIES: &str = "envoyproxies.gateway.envoyproxy.io";

pub(super) fn reconcile(pass: &Pass<'_>) {
    if !pass.runs("deployments.apps", SPACE, "envoy-gateway") {
        return;
    }
    class::reconcile(pass);
    route::reconcile(pass);
    for gateway in pass.list(GATEWAYS) {
        if controlled(pass, &gateway) {
            infra::reconcile(pass, &gateway);
            status::reconcile(pass, &gateway);
        }
    }
    listener_set::reconcile(pass);
    policy::reconcile(pass);
}

/// Whether a Gateway's class is one of Envoy Gateway's.
fn controlled(pass: &Pass<'_>, gateway: &serde_json::Value) -> bool {
    let class = super::object::text(gateway, "/spec/gatewayClassName");
    pass.get(CLASSES, "", class)
        .is_some_and(|class| super::object::text(&class, "/spec/controllerName") == CONTROLLER)
}

/// Whether a `ReferenceGrant` beside the target lets `from` (kind, namespace) refer to it (kind,
/// namespace, name).
fn granted(pass: &Pass<'_>, from: (&str, &str), to: (&str, &str, &str)) -> bool {
    use super::object::{items, namespace, text};
    let ((from_kind, from_space), (to_kind, to_space, to_name)) = (from, to);
    pass.list(GRANTS).iter().any(|grant| {
        namespace(grant) == to_space
            && items(grant, "/spec/from").iter().any(|entry| {
                text(entry, "/group") == GROUP
                    && text(entry, "/kind") == from_kind
                    && text(entry, "/namespace") == from_space
            })
            && items(grant, "/spec/to").iter().any(|entry| {
                text(entry, "/group").is_empty()
                    && text(entry, "/kind") == to_kind
                    && (text(entry, "/name").is_empty() || text(entry, "/name") == to_name)
            })
    })
}

//! Envoy Gateway: the conditions of classes, Gateways, listeners and routes, and the proxy's own
//! Deployment and Service for each Gateway.
//!
//! Programmed is about replicas, as in the real controller, not about what Envoy has taken.

mod class;
mod infra;
mod listener;
mod route;
mod status;

use super::world::Pass;

const SPACE: &str = "envoy-gateway-system";
const CONTROLLER: &str = "gateway.envoyproxy.io/gatewayclass-controller";
const CLASSES: &str = "gatewayclasses.gateway.networking.k8s.io";
const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
const ROUTES: &str = "httproutes.gateway.networking.k8s.io";
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
}

/// Whether a Gateway's class is one of Envoy Gateway's.
fn controlled(pass: &Pass<'_>, gateway: &serde_json::Value) -> bool {
    let class = super::object::text(gateway, "/spec/gatewayClassName");
    pass.get(CLASSES, "", class)
        .is_some_and(|class| super::object::text(&class, "/spec/controllerName") == CONTROLLER)
}

/// Whether a `ReferenceGrant` beside the target lets `from` refer to it.
fn granted(pass: &Pass<'_>, from: (&str, &str), to: (&str, &str)) -> bool {
    use super::object::{items, namespace, text};
    let ((from_kind, from_space), (to_kind, to_space)) = (from, to);
    pass.list(GRANTS).iter().any(|grant| {
        namespace(grant) == to_space
            && items(grant, "/spec/from").iter().any(|entry| {
                text(entry, "/kind") == from_kind && text(entry, "/namespace") == from_space
            })
            && items(grant, "/spec/to")
                .iter()
                .any(|entry| text(entry, "/kind") == to_kind)
    })
}

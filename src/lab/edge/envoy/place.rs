//! Which proxy answers on a node's port: a ready Envoy pod that has the port there, and the Gateway
//! that it belongs to.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::Value;

use crate::lab::controllers::object::{holds, items, namespace, number, text};
use crate::lab::kube::Objects;

const GATEWAYS: &str = "gateways.gateway.networking.k8s.io";
const SPACE: &str = "envoy-gateway-system";
const GATEWAY_NAME: &str = "/metadata/labels/gateway.envoyproxy.io~1owning-gateway-name";
const GATEWAY_SPACE: &str = "/metadata/labels/gateway.envoyproxy.io~1owning-gateway-namespace";
/// Envoy listens above 1024, so that it needs no privilege.
const SHIFT: i64 = 10_000;

/// Where a connection arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Node {
    /// At the node with this private address.
    Address(Ipv4Addr),
    /// At whichever node has the port open: a scenario's nodes are no machines.
    Any,
}

/// A proxy's side of one port.
pub(super) struct Proxy {
    /// The Gateway that the proxy serves, as it is now.
    pub(super) gateway: Arc<Value>,
    /// The proxy's pod.
    pub(super) pod: Arc<Value>,
    /// The node on which the proxy runs.
    pub(super) node: String,
    container_port: i64,
}

/// Whether a proxy listens on a port of a node.
pub(in crate::lab) fn listens(objects: &Objects, node: Node, port: u16) -> bool {
    find(objects, node, port).is_some_and(|proxy| !proxy.listeners().is_empty())
}

/// The Gateway whose proxy a pod is.
pub(super) fn gateway_of(objects: &Objects, pod: &Value) -> Option<Arc<Value>> {
    let space = text(pod, GATEWAY_SPACE);
    objects.shared(GATEWAYS, Some(space), text(pod, GATEWAY_NAME))
}

/// Looks for the proxy behind a port of a node.
pub(super) fn find(objects: &Objects, node: Node, port: u16) -> Option<Proxy> {
    let pods = objects.shared_list("pods");
    pods.iter()
        .filter(|pod| namespace(pod) == SPACE && holds(pod, "Ready") && is_on(objects, pod, node))
        .find_map(|pod| {
            let container_port = exposed(pod, port)?;
            let gateway = gateway_of(objects, pod)?;
            Some(Proxy {
                gateway,
                pod: Arc::clone(pod),
                node: text(pod, "/spec/nodeName").to_owned(),
                container_port,
            })
        })
}

impl Proxy {
    /// The Gateway's listeners at this port.
    pub(super) fn listeners(&self) -> Vec<&Value> {
        let all = items(&self.gateway, "/spec/listeners").iter();
        all.filter(|listener| {
            number(listener, "/port").is_some_and(|port| inside(port) == self.container_port)
        })
        .collect()
    }
}

/// The port inside the pod for a listener's.
pub(super) fn inside(port: i64) -> i64 {
    if port < 1_024 { port + SHIFT } else { port }
}

fn exposed(pod: &Value, port: u16) -> Option<i64> {
    items(pod, "/spec/containers")
        .iter()
        .flat_map(|container| items(container, "/ports"))
        .find(|one| number(one, "/hostPort") == Some(i64::from(port)))
        .and_then(|one| number(one, "/containerPort"))
}

fn is_on(objects: &Objects, pod: &Value, node: Node) -> bool {
    let Node::Address(address) = node else {
        return true;
    };
    let wanted = address.to_string();
    objects
        .shared("nodes", None, text(pod, "/spec/nodeName"))
        .is_some_and(|node| {
            items(&node, "/status/addresses")
                .iter()
                .any(|one| text(one, "/type") == "InternalIP" && text(one, "/address") == wanted)
        })
}

//! Why a pod of the cluster's own programs has no place or does not start, with the objects that keep it
//! from that.

use crate::domain::advice::Advice;
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::pod::Pod;
use crate::domain::source::{SourceId, SourceStatus};
use crate::store::Store;

/// What keeps a pod from running, where other objects explain it.
pub fn pod(store: &Store, pod: &Pod) -> Vec<Advice> {
    let mut found = Vec::new();
    if pod.status == "Pending" {
        let taken = pod.message.contains("free ports");
        found.extend(port_taken(store, pod).filter(|_| taken));
        let labels = pod.message.contains("node affinity") || pod.message.contains("node selector");
        found.extend(no_such_node(store, pod).filter(|_| labels));
    }
    if pod.status.ends_with("CrashLoopBackOff") || pod.status == "Error" {
        found.extend(no_gateways(store, pod));
        found.extend(no_zone(pod));
    }
    found
}

/// Who has the port of the node that a pod asks for.
fn port_taken(store: &Store, pod: &Pod) -> Option<Advice> {
    let has_it = |other: &&Pod| {
        let is_placed = !other.node.is_empty() && !other.is_completed();
        is_placed
            && other
                .host_ports
                .iter()
                .any(|port| pod.host_ports.contains(port))
    };
    let holder = store.pods.iter().find(has_it)?;
    let mut ports = pod.host_ports.iter();
    let port = ports.find(|port| holder.host_ports.contains(port))?;
    let held = format!("port {port} of node {}", holder.node);
    Some(match (&pod.gateway, &holder.gateway) {
        (Some(own), Some(other)) if own != other => Advice::critical(
            format!("Gateways {own} and {other} both want {held}: only one proxy can have it"),
            format!(
                "let one Gateway have a listener for each: move the listeners of {own} to {other}"
            ),
        ),
        (Some(_), Some(_)) => Advice::critical(
            format!("{held} is still held by the old pod {}", holder.id.name),
            format!(
                "delete pod {}; let the EnvoyProxy's Deployment have the strategy Recreate, so that the old one goes first",
                holder.id.name
            ),
        ),
        _ => Advice::critical(
            format!("{held} is held by pod {}", holder.id),
            "delete that one, or let this one have another hostPort",
        ),
    })
}

/// The label that a pod asks for, beside those that nodes have.
fn no_such_node(store: &Store, pod: &Pod) -> Option<Advice> {
    if !store.nodes.is_complete() || pod.node_selector.is_empty() {
        return None;
    }
    let fits = |node: &Node| {
        let mut wanted = pod.node_selector.iter();
        wanted.all(|(key, value)| node.labels.get(key) == Some(value))
    };
    if store.nodes.iter().any(fits) {
        return None;
    }
    let (key, value) = pod.node_selector.iter().find(|(key, value)| {
        let mut nodes = store.nodes.iter();
        !nodes.any(|node| node.labels.get(key) == Some(value))
    })?;
    let has = |node: &Node| {
        let label = node.labels.get(key)?;
        Some(format!("{} has {key}={label}", node.id.name))
    };
    let there: Vec<String> = store.nodes.iter().filter_map(has).collect();
    let there = if there.is_empty() {
        format!("no node has a label {key} at all")
    } else {
        there.join(", ")
    };
    Some(Advice::critical(
        format!("it asks for a node with {key}={value}, and there is none: {there}"),
        format!("label a node (kubectl label node NAME {key}={value}), or change the nodeSelector"),
    ))
}

fn is_of(pod: &Pod, program: &str) -> bool {
    let name = pod.labels.get("app.kubernetes.io/name");
    name.is_some_and(|name| *name == *program)
}

/// What the containers of a pod left when they ended last.
fn last_words(pod: &Pod) -> impl Iterator<Item = &Line> {
    let ended = pod.containers.iter().filter_map(|it| it.last.as_ref());
    ended.map(|last| &last.message)
}

/// cert-manager looks for the Gateway API once, when it starts.
fn no_gateways(store: &Store, pod: &Pod) -> Option<Advice> {
    let says = last_words(pod).any(|it| it.contains("Gateway API CRDs do not seem to be present"));
    let status = store.sources.status(SourceId::Gateways);
    let absent = matches!(status, SourceStatus::NotInstalled { .. });
    if !is_of(pod, "cert-manager") || !(says || absent) {
        return None;
    }
    let next = if absent {
        "sync the application with the Gateway API CRDs first (an earlier wave), then restart cert-manager"
    } else {
        "the CRDs are there now: restart cert-manager"
    };
    Some(Advice::critical(
        "cert-manager is to look at Gateways, and the Gateway API's CRDs were not there when it started",
        next,
    ))
}

/// external-dns asks Cloudflare for a zone without an identifier.
fn no_zone(pod: &Pod) -> Option<Advice> {
    let says = last_words(pod).any(|it| it.contains("Could not route to /zones//"));
    (is_of(pod, "external-dns") && says).then(|| {
        Advice::critical(
            "external-dns finds no zone: its token may not list zones (Could not route to /zones//dns_records)",
            "give it --zone-id-filter with the zone's identifier, and check that the token may read and edit that zone",
        )
    })
}

/// Why nothing is published at all: this cluster's external-dns does not run.
pub fn publisher(store: &Store) -> Option<Advice> {
    let mut pods = store.pods.iter().filter(|it| is_of(it, "external-dns"));
    let stuck = pods.find(|it| it.ready == 0 && !it.is_completed())?;
    let known = pod(store, stuck).into_iter().next();
    Some(known.unwrap_or_else(|| {
        Advice::critical(
            format!(
                "external-dns does not run (pod {}, {}): nothing is published",
                stuck.id, stuck.status
            ),
            "see the log of its run before",
        )
    }))
}

//! Which node a pod goes to, or the scheduler's own words for why none.

use std::sync::Arc;

use serde_json::Value;

use super::object::{flag, holds, items, name, number, text};
use super::pods::tolerated;
use super::world::Pass;

/// The node with the fewest pods that takes the pod.
pub(super) fn place(pass: &Pass<'_>, pod: &Value) -> Result<String, String> {
    let nodes = pass.list("nodes");
    let pods = pass.list("pods");
    let mut refusals: Vec<(&str, usize)> = Vec::new();
    let mut best: Option<(usize, &str)> = None;
    for node in &nodes {
        if let Some(reason) = refusal(pod, node, &pods) {
            match refusals.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => refusals.push((reason, 1)),
            }
            continue;
        }
        let load = pods.iter().filter(|other| on(other, node)).count();
        if best.is_none_or(|(least, _)| load < least) {
            best = Some((load, name(node)));
        }
    }
    if let Some((_, node)) = best {
        return Ok(node.to_owned());
    }
    let all = nodes.len();
    if all == 0 {
        return Err("no nodes available to schedule pods".to_owned());
    }
    refusals.sort_unstable();
    let reasons: Vec<String> = refusals
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    Err(format!(
        "0/{all} nodes are available: {}. no new claims to deallocate, preemption: 0/{all} nodes are available: {all} Preemption is not helpful for scheduling.",
        reasons.join(", ")
    ))
}

fn refusal(pod: &Value, node: &Value, pods: &[Arc<Value>]) -> Option<&'static str> {
    if flag(node, "/spec/unschedulable") {
        return Some("node(s) were unschedulable");
    }
    if !holds(node, "Ready") {
        return Some("node(s) had untolerated taint {node.kubernetes.io/not-ready: }");
    }
    let spec = pod.pointer("/spec").unwrap_or(&Value::Null);
    if !tolerated(spec, node) {
        return Some("node(s) didn't match Pod's node affinity/selector");
    }
    let wanted = host_ports(pod);
    let taken = pods
        .iter()
        .filter(|other| {
            on(other, node) && text(other, "/metadata/uid") != text(pod, "/metadata/uid")
        })
        .flat_map(|other| host_ports(other))
        .any(|port| wanted.contains(&port));
    taken.then_some("node(s) didn't have free ports for the requested pod ports")
}

fn on(pod: &Value, node: &Value) -> bool {
    text(pod, "/spec/nodeName") == name(node) && text(pod, "/status/phase") != "Succeeded"
}

fn host_ports(pod: &Value) -> Vec<i64> {
    let containers = items(pod, "/spec/containers").iter();
    let ports = containers.flat_map(|container| items(container, "/ports"));
    ports.filter_map(|port| number(port, "/hostPort")).collect()
}

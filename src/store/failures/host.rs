//! What befalls the machines below the nodes: the end of a trial, certificates of K3s that run out.

use crate::domain::advice::Advice;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::instance::{Instance, Power};
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::store::Store;
use crate::store::health::Unhealthy;

/// What is not well with a node's machine beyond its conditions.
pub fn node(store: &Store, node: &Node) -> Vec<Advice> {
    let is_of = |event: &&ClusterEvent| event.about.name == node.id.name;
    let own = expiring(store).find(is_of).map(|event| {
        Advice::warning(
            format!("certificates of K3s on it run out: {}", event.message),
            "restart k3s (or k3s-agent) on it: certificates that end soon are renewed at a start",
        )
    });
    let stopped = all_stopped(store).filter(|all| all.iter().any(|it| it.id == node.id));
    own.into_iter().chain(stopped.map(|_| trial())).collect()
}

/// Adds to the list what is not well with machines.
pub(super) fn weigh(found: &mut Vec<Unhealthy>, store: &Store) {
    let mut told = Vec::new();
    for event in expiring(store) {
        if let Some(of) = store.nodes.iter().find(|it| it.id.name == event.about.name) {
            told.extend(node(store, of).into_iter().map(|it| (of.id.clone(), it)));
        }
    }
    let first = all_stopped(store).and_then(|all| Some(all.first()?.id.clone()));
    told.extend(first.map(|id| (id, trial())));
    for (what, advice) in told {
        let item = Unhealthy {
            severity: advice.severity,
            kind: "node",
            what,
            why: Line::new(&advice.why),
            since: None,
        };
        if !found.contains(&item) {
            found.push(item);
        }
    }
}

fn expiring(store: &Store) -> impl Iterator<Item = &ClusterEvent> {
    let events = store.events.in_namespace("default");
    events.filter(|it| it.kind == "Node" && it.reason == "CertificateExpirationWarning")
}

/// All instances of the cluster, where every one of them is stopped: more than one by itself would be.
fn all_stopped(store: &Store) -> Option<Vec<&Instance>> {
    let there = store.instances.iter();
    let there: Vec<&Instance> = there
        .filter(|it| !matches!(it.power, Power::Terminating | Power::Terminated))
        .collect();
    let stopped = there.iter().all(|it| it.power == Power::Stopped);
    (stopped && there.len() > 1).then_some(there)
}

fn trial() -> Advice {
    Advice::critical(
        "all instances are stopped at once: OCI does so when a trial ends (day 30), and takes the limits \
         of NAT and service gateways to 0 then",
        "look in the console whether the trial has ended; upgrade the account, or start the instances that \
         are Always Free",
    )
}

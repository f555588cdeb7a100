//! What lies below the network of pods: whether nodes pass each other's packets, and how fast.
//!
//! Controllers ask; who answers knows machines. Pods of one node always reach each other.

use serde_json::Value;

use super::object::{name, namespace, text};
use super::pods::healthy;
use super::world::Pass;

/// The network between nodes.
pub(crate) trait Underlay: Send + Sync {
    /// Whether packets between pods of two nodes pass, there and back.
    fn joins(&self, one: &str, other: &str) -> bool;

    /// How many times as long as usual the network of a node takes.
    fn slowness(&self, node: &str) -> u64;
}

/// A network on which everything passes at once.
pub(super) struct Perfect;

impl Underlay for Perfect {
    fn joins(&self, _one: &str, _other: &str) -> bool {
        true
    }

    fn slowness(&self, _node: &str) -> u64 {
        1
    }
}

impl Pass<'_> {
    /// Whether pods of two nodes reach each other.
    pub(super) fn joins(&self, one: &str, other: &str) -> bool {
        one == other || self.world.underlay.joins(one, other)
    }

    /// Whether names resolve for a controller: a `CoreDNS` is within its node's reach. Where none
    /// runs yet, its callers wait anyway.
    pub(super) fn resolves(&self, space: &str, controller: &str) -> bool {
        let own = self.node_of(space, controller);
        let servers = self.nodes_of("kube-system", "coredns");
        servers.is_empty() || servers.iter().any(|server| self.joins(&own, server))
    }

    /// The node on which a controller runs; empty when it does not.
    pub(super) fn node_of(&self, space: &str, controller: &str) -> String {
        let all = self.nodes_of(space, controller);
        all.into_iter().next().unwrap_or_default()
    }

    /// The nodes on which pods of a workload are ready.
    fn nodes_of(&self, space: &str, workload: &str) -> Vec<String> {
        let own = |pod: &Value| {
            let tail = name(pod)
                .strip_prefix(workload)
                .and_then(|tail| tail.strip_prefix('-'));
            // A hash and a suffix, or a number: more is another workload with a longer name.
            let is_own = tail.is_some_and(|tail| tail.split('-').count() <= 2);
            namespace(pod) == space && healthy(pod) && is_own
        };
        let pods = self.list("pods");
        let own = pods.iter().filter(|pod| own(pod));
        own.map(|pod| text(pod, "/spec/nodeName").to_owned())
            .collect()
    }
}

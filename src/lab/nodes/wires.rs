//! The network between nodes, as the cluster's controllers ask for it: what the machines' firewalls
//! and OCI's security lists let pass of VXLAN.
//!
//! Answers are kept until anything changes on which they depend.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::firewall::Traffic;
use super::machine::Machine;
use super::machines::Machines;
use super::passage::Passage;
use crate::lab::controllers::Underlay;

/// VXLAN as flannel uses it.
const VXLAN: Traffic = Traffic::Udp(8472);

/// The wires between all machines.
pub(super) struct Wires {
    machines: Machines,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The change up to which the answers hold.
    until: u64,
    joined: BTreeMap<(String, String), bool>,
}

impl Wires {
    pub(super) fn new(machines: &Machines) -> Self {
        Self {
            machines: machines.clone(),
            known: Mutex::default(),
        }
    }

    fn machine(&self, node: &str) -> Option<Machine> {
        let all = self.machines.all();
        all.into_iter().find(|machine| machine.name() == node)
    }

    fn look(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.machine(one), self.machine(other)) else {
            return true;
        };
        let passes = |from: &Machine, to: &Machine| {
            self.machines.passage(from, to.private_address(), VXLAN) == Passage::Through
        };
        passes(&one, &other) && passes(&other, &one)
    }
}

impl Underlay for Wires {
    fn joins(&self, one: &str, other: &str) -> bool {
        let now = *self.machines.changes().borrow();
        let pair = (one.min(other).to_owned(), one.max(other).to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.until != now {
            known.until = now;
            known.joined.clear();
        }
        if let Some(joined) = known.joined.get(&pair) {
            return *joined;
        }
        let joined = self.look(one, other);
        known.joined.insert(pair, joined);
        joined
    }

    fn slowness(&self, node: &str) -> u64 {
        let machine = self.machine(node);
        machine.map_or(1, |machine| u64::from(machine.slowness()))
    }
}

//! Whether a packet of one machine reaches an address, and its answer comes back: through both
//! firewalls, the security lists and routes of OCI, the ingress node that forwards, and VXLAN.
//!
//! It says what happens to a packet, not whether anything listens for it.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::cloud::NextHop;
use super::firewall::{Net, Packet, Traffic, Verdict};
use super::machine::Machine;
use super::machines::Machines;
use super::netfilter::CARD;

/// VXLAN as flannel uses it.
const VXLAN: u16 = 8472;
/// The card through which packets of other nodes' pods come.
const FLANNEL: &str = "flannel.1";
/// The card of the pods of a node.
const BRIDGE: &str = "cni0";

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Passage {
    /// It arrives, and the answer too.
    Through,
    /// Someone on the way refuses it and says so.
    Prohibited(Ipv4Addr),
    /// It is lost without a word.
    Lost,
    /// Nothing has that address.
    Unreachable,
}

/// The addresses of pods, seen from one node.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Pods {
    /// Those of its own pods.
    pub(in crate::lab) own: Net,
    /// Those of each other node's.
    pub(in crate::lab) others: Vec<Net>,
}

impl Machines {
    /// What becomes of a packet from a machine to an address of its VCN, of its cluster's pods, or of
    /// the internet.
    pub(in crate::lab) fn passage(
        &self,
        from: &Machine,
        to: Ipv4Addr,
        traffic: Traffic,
    ) -> Passage {
        let own = from.private_address();
        if to.is_loopback() || to == own || self.range(from).is_some_and(|range| owns(range, to)) {
            let packet = Packet::new(to, to, traffic);
            return judged(from.firewall().admits(packet, "lo"), own);
        }
        if let Some(other) = self.by_private(from.vcn(), to) {
            return near(from, &other, traffic);
        }
        match self.over_vxlan(from, to, traffic) {
            Some(passage) => passage,
            None if to.is_private() => Passage::Unreachable,
            None => self.out(from, to, traffic),
        }
    }

    /// The way to a pod's address or a node's own in its pods' range; none where that is no such
    /// address.
    fn over_vxlan(&self, from: &Machine, to: Ipv4Addr, traffic: Traffic) -> Option<Passage> {
        let own = self.range(from)?;
        let all = self.all();
        let mut others = all
            .iter()
            .filter_map(|other| Some((other, self.range(other)?)));
        let (other, range) = others.find(|(_, range)| range.contains(to))?;
        let there = near(from, other, Traffic::Udp(VXLAN));
        let back = near(other, from, Traffic::Udp(VXLAN));
        if there != Passage::Through || back != Passage::Through {
            // What is refused below VXLAN is not told above it.
            return Some(Passage::Lost);
        }
        let packet = Packet::new(own.base(), to, traffic);
        let verdict = if owns(range, to) {
            other.firewall().admits(packet, FLANNEL)
        } else {
            other.firewall().forwards(packet, (FLANNEL, BRIDGE))
        };
        Some(judged(verdict, range.base()))
    }

    /// The addresses of pods as a machine that is a node knows them; none while it is none.
    pub(in crate::lab) fn pods_of(&self, machine: &Machine) -> Option<Pods> {
        let own = self.range(machine)?;
        let all = self.all();
        let others = all.iter().filter(|other| other.id() != machine.id());
        Some(Pods {
            own,
            others: others.filter_map(|other| self.range(other)).collect(),
        })
    }

    /// The addresses of the pods of a machine that is a node.
    fn range(&self, machine: &Machine) -> Option<Net> {
        machine.k3s()?;
        let standing = self.site().now()?;
        let nodes = standing.world().objects.list("nodes");
        let text = |node: &Value, place: &str| {
            let found = node.pointer(place).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let own = nodes
            .iter()
            .find(|node| text(node, "/metadata/name") == machine.name())?;
        text(own, "/spec/podCIDR").parse().ok()
    }

    fn out(&self, from: &Machine, to: Ipv4Addr, traffic: Traffic) -> Passage {
        let packet = Packet::new(from.private_address(), to, traffic);
        let cloud = from.cloud();
        let sent = from.firewall().sends(packet, CARD);
        if sent != Verdict::Pass {
            return judged(sent, from.private_address());
        }
        let back = from.firewall().admits(packet.answered(), CARD);
        if !cloud.lets_out(from.id(), packet) || back != Verdict::Pass {
            return Passage::Lost;
        }
        match cloud.default_route(from.id()) {
            NextHop::Gateway if from.public_address().is_some() => Passage::Through,
            NextHop::Gateway | NextHop::Nowhere => Passage::Lost,
            NextHop::Machine(address) => match self.by_private(from.vcn(), address) {
                Some(router) => through(&router, packet),
                None => Passage::Lost,
            },
        }
    }
}

/// Through the machine that forwards for others.
fn through(router: &Machine, packet: Packet) -> Passage {
    let cloud = router.cloud();
    let ready = router.is_on()
        && router.forwarding()
        && cloud.forwards(router.id())
        && cloud.lets_in(router.id(), packet)
        && cloud.default_route(router.id()) == NextHop::Gateway
        && router.public_address().is_some();
    if !ready {
        return Passage::Lost;
    }
    let rules = router.firewall();
    let there = rules.forwards(packet, (CARD, CARD));
    if there != Verdict::Pass {
        return judged(there, router.private_address());
    }
    let back = rules.forwards(packet.answered(), (CARD, CARD));
    if back == Verdict::Pass && rules.masquerades(packet, CARD) {
        Passage::Through
    } else {
        Passage::Lost
    }
}

/// From one machine of a VCN to another.
fn near(from: &Machine, to: &Machine, traffic: Traffic) -> Passage {
    let packet = Packet::new(from.private_address(), to.private_address(), traffic);
    let sent = from.firewall().sends(packet, CARD);
    if sent != Verdict::Pass {
        return judged(sent, from.private_address());
    }
    let cloud = from.cloud();
    if !to.is_on() || !cloud.lets_out(from.id(), packet) || !cloud.lets_in(to.id(), packet) {
        return Passage::Lost;
    }
    let taken = to.firewall().admits(packet, CARD);
    if taken != Verdict::Pass {
        return judged(taken, to.private_address());
    }
    match from.firewall().admits(packet.answered(), CARD) {
        Verdict::Pass => Passage::Through,
        Verdict::Drop | Verdict::Reject => Passage::Lost,
    }
}

fn judged(verdict: Verdict, by: Ipv4Addr) -> Passage {
    match verdict {
        Verdict::Pass => Passage::Through,
        Verdict::Drop => Passage::Lost,
        Verdict::Reject => Passage::Prohibited(by),
    }
}

/// Whether an address is the node's own: that of its tunnel or of its bridge.
fn owns(range: Net, address: Ipv4Addr) -> bool {
    address == range.base() || address == range.first()
}

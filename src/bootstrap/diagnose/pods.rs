//! Whether pods of one node reach those of the others: nodes that are all Ready may still be apart.

use std::net::Ipv4Addr;

use super::asking::{ask, firewall, succeeds};
use super::cloud;
use super::commands;
use super::firewall::{Packet, Verdict};
use super::told::{About, by_hand, diagnosis};
use crate::bootstrap::shared::Shared;
use crate::domain::bootstrap::{Cause, Diagnosis, Stage};
use crate::domain::line::Line;
use crate::domain::topology::{Cidr, Node};

/// Flannel's port for VXLAN.
const VXLAN: u16 = 8472;

/// The first pair of nodes whose pods do not reach each other, and the rule that is in their way.
pub(super) async fn apart(shared: &Shared) -> Option<Diagnosis> {
    let nodes = &shared.target.topology.nodes;
    let mut routes = Vec::new();
    for node in nodes {
        routes.push((node, ask(shared, &node.name, "ip route").await?));
    }
    let own: Vec<(&Node, Cidr)> = routes
        .iter()
        .filter_map(|(node, routes)| Some((*node, commands::own_pods(routes)?)))
        .collect();
    for (from, routes) in &routes {
        for (network, address) in commands::pod_networks(routes) {
            let Some((to, _)) = own.iter().find(|(_, known)| *known == network) else {
                continue;
            };
            let ping = format!("ping -c 1 -W 2 {address}");
            if succeeds(shared, &from.name, &ping).await? {
                continue;
            }
            let seen = format!(
                "{} does not reach {address}, pods of {}",
                from.name, to.name
            );
            for (sender, receiver) in [(*from, *to), (*to, *from)] {
                if let Some(found) = refusal(shared, sender, receiver, &seen).await {
                    return Some(found);
                }
            }
        }
    }
    None
}

/// What keeps VXLAN of `sender` from `receiver`.
async fn refusal(shared: &Shared, sender: &Node, receiver: &Node, seen: &str) -> Option<Diagnosis> {
    let from: Ipv4Addr = sender.private_ip;
    let about = About {
        node: &receiver.name,
        stage: Stage::Firewall,
        what: &sender.name,
    };
    if let Ok(false) = cloud::lets_in(shared, &receiver.name, from, ("udp", VXLAN)).await {
        let what = format!(
            "UDP {VXLAN} (VXLAN) from {} to {} is in no rule",
            sender.name, receiver.name
        );
        let about = About {
            what: &what,
            ..about
        };
        return Some(diagnosis(
            Cause::SecurityList,
            about,
            vec![Line::new(seen), Line::new(&what)],
        ));
    }
    let packet = Packet {
        from,
        to: receiver.private_ip,
        protocol: "udp",
        port: VXLAN,
        card: "",
    };
    let rules = firewall(shared, &receiver.name).await?;
    let Verdict::Refused(rule) = rules.verdict("filter", "INPUT", &packet) else {
        return None;
    };
    let evidence = vec![Line::new(seen), Line::new(&rule)];
    let found = diagnosis(Cause::VxlanBlocked, about, evidence);
    let is_laid = rules.accepts("INPUT", shared.target.topology.network.vcn);
    Some(if is_laid {
        by_hand(found, &receiver.name, ("INPUT", &rule))
    } else {
        found
    })
}

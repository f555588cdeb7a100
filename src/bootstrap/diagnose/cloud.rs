//! What OCI has of the way between nodes: read, compared, never changed.

use std::net::Ipv4Addr;

use crate::bootstrap::machines::card;
use crate::bootstrap::shared::Shared;
use crate::domain::topology::{Cidr, Role};
use crate::oci::Error;
use crate::oci::model::{
    IngressSecurityRule, PortRange, PrivateIp, RouteTable, SecurityList, Subnet, Vnic,
};

/// The protocols of security lists, by IANA's numbers.
const TCP: &str = "6";
const UDP: &str = "17";

/// The network card of a node's instance; none while it has none.
pub(super) async fn card_of(shared: &Shared, node: &str) -> Result<Option<Vnic>, Error> {
    let known = shared.machines.borrow().clone();
    let Some(machine) = known.into_iter().find(|machine| machine.name == node) else {
        return Ok(None);
    };
    let target = &shared.target;
    card(&target.client, &target.compartment, &machine.id).await
}

async fn subnet_of(shared: &Shared, node: &str) -> Result<Option<Subnet>, Error> {
    let card = card_of(shared, node).await?;
    let Some(subnet) = card.and_then(|card| card.subnet_id) else {
        return Ok(None);
    };
    shared.target.client.get(&subnet).await.map(Some)
}

/// Where a private node's subnet sends what leaves the VCN: the address that its default route leads
/// to, or nothing.
pub(super) async fn way_out(shared: &Shared, node: &str) -> Result<Option<String>, Error> {
    let client = &shared.target.client;
    let Some(subnet) = subnet_of(shared, node).await? else {
        return Ok(None);
    };
    let table: RouteTable = client.get(&subnet.route_table_id).await?;
    let default = |rule: &&crate::oci::model::RouteRule| rule.destination == "0.0.0.0/0";
    let Some(rule) = table.route_rules.iter().find(default) else {
        return Ok(None);
    };
    match client.get::<PrivateIp>(&rule.network_entity_id).await {
        Ok(address) => Ok(Some(address.ip_address)),
        // It leads to a gateway, or to what is no more.
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the security lists of `to` let `from` in at a port of `tcp` or `udp`.
pub(super) async fn lets_in(
    shared: &Shared,
    to: &str,
    from: Ipv4Addr,
    (protocol, port): (&str, u16),
) -> Result<bool, Error> {
    let Some(subnet) = subnet_of(shared, to).await? else {
        return Ok(true);
    };
    for list in &subnet.security_list_ids {
        let list: SecurityList = shared.target.client.get(list).await?;
        let takes = |rule: &IngressSecurityRule| takes(rule, from, protocol, port);
        if list.ingress_security_rules.iter().any(takes) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn takes(rule: &IngressSecurityRule, from: Ipv4Addr, protocol: &str, port: u16) -> bool {
    let source: Option<Cidr> = rule.source.parse().ok();
    let holds = |range: Option<PortRange>| {
        range.is_none_or(|range| (range.min..=range.max).contains(&port))
    };
    let fits = match (rule.protocol.as_str(), protocol) {
        ("all", _) => true,
        (TCP, "tcp") => holds(rule.tcp_options.and_then(|it| it.destination_port_range)),
        (UDP, "udp") => holds(rule.udp_options.and_then(|it| it.destination_port_range)),
        _ => false,
    };
    fits && source.is_some_and(|source| source.contains(from))
}

/// The name and address of the node of a role.
pub(super) fn node_of(shared: &Shared, role: Role) -> Option<(&str, Ipv4Addr)> {
    let nodes = &shared.target.topology.nodes;
    let node = nodes.iter().find(|node| node.role == role)?;
    Some((&node.name, node.private_ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::model::UdpOptions;

    const FROM: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 10);

    #[test]
    fn a_rule_takes_what_it_names() {
        let all = IngressSecurityRule::from_cidr("all", "10.0.0.0/16");
        assert!(takes(&all, FROM, "udp", 8472));
        let elsewhere = IngressSecurityRule::from_cidr("all", "10.1.0.0/16");
        assert!(!takes(&elsewhere, FROM, "udp", 8472));
        let tcp = IngressSecurityRule::from_cidr(TCP, "10.0.0.0/16");
        assert!(takes(&tcp, FROM, "tcp", 6443) && !takes(&tcp, FROM, "udp", 8472));
        let mut names = IngressSecurityRule::from_cidr(UDP, "10.0.0.0/16");
        names.udp_options = Some(UdpOptions {
            destination_port_range: Some(PortRange::one(53)),
            ..UdpOptions::default()
        });
        assert!(takes(&names, FROM, "udp", 53) && !takes(&names, FROM, "udp", 8472));
    }
}

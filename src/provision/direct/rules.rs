//! What may enter and leave the cluster's subnets: the rules of its security lists.
//!
//! Pure: they follow from the network that is wanted.

use crate::domain::topology::{Cidr, Network};
use crate::oci::model::{
    EgressSecurityRule, IcmpOptions, IngressSecurityRule, PortRange, TcpOptions,
};

/// Protocol numbers as OCI takes them (IANA's, or `all`).
pub(super) const ICMP: &str = "1";
pub(super) const TCP: &str = "6";
pub(super) const UDP: &str = "17";
pub(super) const ALL: &str = "all";
/// The ports that Kubernetes gives to services of type `NodePort`.
const NODE_PORTS: PortRange = PortRange {
    min: 30_000,
    max: 32_767,
};

/// What may reach any node: the VCN itself, node ports, and the ICMP message without which large
/// packets vanish (path MTU discovery, RFC 1191).
pub(super) fn inside(network: &Network) -> Vec<IngressSecurityRule> {
    let unreachable = IcmpOptions {
        kind: 3,
        code: Some(4),
    };
    let mut rules = vec![
        rule(ALL, network.vcn, "inside the VCN"),
        IngressSecurityRule {
            icmp_options: Some(unreachable),
            ..rule(ICMP, Cidr::ANYWHERE, "path MTU discovery")
        },
    ];
    let outside = network
        .nodeports_from
        .iter()
        .filter(|from| !network.vcn.covers(**from));
    rules.extend(outside.map(|from| ports(NODE_PORTS, *from, "node ports")));
    rules
}

/// What may reach the public subnet besides.
pub(super) fn public(network: &Network) -> Vec<IngressSecurityRule> {
    let mut rules = inside(network);
    rules.push(ports(PortRange::one(80), Cidr::ANYWHERE, "HTTP"));
    rules.push(ports(PortRange::one(443), Cidr::ANYWHERE, "HTTPS"));
    let operators = network.ssh_from.iter();
    rules.extend(operators.map(|from| ports(PortRange::one(22), *from, "SSH")));
    rules
}

/// Everything may go out.
pub(super) fn outward() -> Vec<EgressSecurityRule> {
    vec![EgressSecurityRule::to_cidr(ALL, Cidr::ANYWHERE.to_string())]
}

fn rule(protocol: &str, from: Cidr, why: &str) -> IngressSecurityRule {
    IngressSecurityRule {
        description: Some(why.to_owned()),
        ..IngressSecurityRule::from_cidr(protocol, from.to_string())
    }
}

fn ports(ports: PortRange, from: Cidr, why: &str) -> IngressSecurityRule {
    let tcp = TcpOptions {
        destination_port_range: Some(ports),
        source_port_range: None,
    };
    IngressSecurityRule {
        tcp_options: Some(tcp),
        ..rule(TCP, from, why)
    }
}

//! The resources that a topology needs, and which needs which.
//!
//! Pure: from a [`Topology`] to a list in dependency order. Keys and names follow from the
//! configuration alone, so that another run, another engine or another computer finds the same.

use crate::domain::plan::{ResourceKey, ResourceKind};
use crate::domain::topology::{Cidr, Node, Placement, PublicAddress, Topology};

pub use crate::domain::topology::{CLUSTER_TAG, KEY_TAG};

/// The key of the virtual cloud network.
pub const VCN: &str = "vcn";
/// The key of the internet gateway.
pub const INTERNET_GATEWAY: &str = "internet-gateway";
/// The key of the public subnet's security list.
pub const PUBLIC_SECURITY: &str = "public-security-list";
/// The key of the private subnet's security list.
pub const PRIVATE_SECURITY: &str = "private-security-list";
/// The key of the public subnet's route table.
pub const PUBLIC_ROUTES: &str = "public-route-table";
/// The key of the private subnet's route table.
pub const PRIVATE_ROUTES: &str = "private-route-table";
/// The key of the public subnet.
pub const PUBLIC_SUBNET: &str = "public-subnet";
/// The key of the private subnet.
pub const PRIVATE_SUBNET: &str = "private-subnet";

/// The key of the ingress node's reserved public address.
pub const PUBLIC_IP: &str = "public-ip";
/// The key of the fact that the reserved address is the ingress node's.
pub const PUBLIC_IP_ASSIGNMENT: &str = "public-ip-assignment";
/// The key of the private subnet's way to the internet.
pub const DEFAULT_ROUTE: &str = "private-default-route";
/// The key of the compartment quota that guards against more than is free.
pub const QUOTA_GUARD: &str = "quota-guard";

/// One resource that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which resource.
    pub key: ResourceKey,
    /// What it is.
    pub kind: ResourceKind,
    /// Its display name.
    pub name: String,
    /// The resources that must exist before it can be made.
    pub needs: Vec<ResourceKey>,
    /// What is special about it, in a few words.
    pub summary: String,
}

/// The key of a node's instance.
pub fn node_key(node: &Node) -> ResourceKey {
    ResourceKey::new(node.key())
}

/// The resources of a cluster; each stands after those that it needs. No node waits for another:
/// the private subnet's way out is a rule that is laid once the ingress node has its address.
pub fn parts(topology: &Topology) -> Vec<Part> {
    let mut parts = network(topology);
    if topology.quota_guard {
        parts.push(part(topology, QUOTA_GUARD, ResourceKind::Quota, &[], ""));
    }
    parts.extend(topology.nodes.iter().map(instance));
    let Some(ingress) = topology.ingress() else {
        return parts;
    };
    let ingress_key = node_key(ingress);
    let route = part(
        topology,
        DEFAULT_ROUTE,
        ResourceKind::DefaultRoute,
        &[PRIVATE_ROUTES, &ingress_key.0],
        &format!("{} through {}", Cidr::ANYWHERE, ingress.private_ip),
    );
    parts.push(route);
    if has_reserved_address(topology) {
        parts.push(part(
            topology,
            PUBLIC_IP_ASSIGNMENT,
            ResourceKind::PublicIpAssignment,
            &[PUBLIC_IP, &ingress_key.0],
            &format!("to {}", ingress.name),
        ));
    }
    parts
}

/// Whether the ingress node's public address is one of its own, made before it.
pub fn has_reserved_address(topology: &Topology) -> bool {
    topology.network.public_ip == PublicAddress::Reserved && topology.ingress().is_some()
}

/// Whether a node has a public address of its own kind, which comes and goes with it.
pub fn has_ephemeral_address(topology: &Topology, node: &Node) -> bool {
    let reserved = has_reserved_address(topology)
        && topology
            .ingress()
            .is_some_and(|ingress| ingress.name == node.name);
    node.subnet == Placement::Public && !reserved
}

fn network(topology: &Topology) -> Vec<Part> {
    use ResourceKind::{InternetGateway, PublicIp, RouteTable, SecurityList, Subnet, Vcn};
    let network = &topology.network;
    let part = |key, kind, needs: &[&str], summary: &str| part(topology, key, kind, needs, summary);
    let mut parts = vec![part(VCN, Vcn, &[], &network.vcn.to_string())];
    if has_reserved_address(topology) {
        parts.push(part(PUBLIC_IP, PublicIp, &[], "reserved"));
    }
    parts.extend([
        part(INTERNET_GATEWAY, InternetGateway, &[VCN], ""),
        part(
            PUBLIC_SECURITY,
            SecurityList,
            &[VCN],
            "80 and 443 from anywhere, SSH from ssh_from",
        ),
        part(
            PRIVATE_SECURITY,
            SecurityList,
            &[VCN],
            "only from inside the VCN",
        ),
        part(
            PUBLIC_ROUTES,
            RouteTable,
            &[INTERNET_GATEWAY],
            "to the internet gateway",
        ),
        part(
            PRIVATE_ROUTES,
            RouteTable,
            &[VCN],
            "its default route comes with the ingress node",
        ),
        part(
            PUBLIC_SUBNET,
            Subnet,
            &[PUBLIC_ROUTES, PUBLIC_SECURITY],
            &network.public_subnet.to_string(),
        ),
        part(
            PRIVATE_SUBNET,
            Subnet,
            &[PRIVATE_ROUTES, PRIVATE_SECURITY],
            &network.private_subnet.to_string(),
        ),
    ]);
    parts
}

fn part(topology: &Topology, key: &str, kind: ResourceKind, needs: &[&str], summary: &str) -> Part {
    Part {
        key: ResourceKey::new(key),
        kind,
        name: format!("{}-{key}", topology.cluster),
        needs: needs.iter().copied().map(ResourceKey::new).collect(),
        summary: summary.to_owned(),
    }
}

fn instance(node: &Node) -> Part {
    let subnet = match node.subnet {
        Placement::Public => PUBLIC_SUBNET,
        Placement::Private => PRIVATE_SUBNET,
    };
    Part {
        key: node_key(node),
        kind: ResourceKind::Instance,
        name: node.name.clone(),
        needs: vec![ResourceKey::new(subnet)],
        summary: format!(
            "A1 {}, {}, {} boot, {}",
            node.ocpus, node.memory, node.boot_volume, node.private_ip
        ),
    }
}

#[cfg(test)]
mod tests;

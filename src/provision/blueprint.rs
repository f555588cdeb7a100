//! The resources that a topology needs, and which needs which.
//!
//! Pure: from a [`Topology`] to a list in dependency order. Keys and names follow from the
//! configuration alone, so that another run, another engine or another computer finds the same.

use crate::domain::plan::{ResourceKey, ResourceKind};
use crate::domain::topology::{Node, Placement, Topology};

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

/// The resources of a cluster; each stands after those that it needs.
pub fn parts(topology: &Topology) -> Vec<Part> {
    let plain = |key: &str, kind, needs: &[&str], summary: String| Part {
        key: ResourceKey::new(key),
        kind,
        name: format!("{}-{key}", topology.cluster),
        needs: needs.iter().copied().map(ResourceKey::new).collect(),
        summary,
    };
    let network = &topology.network;
    let mut parts = vec![
        plain(VCN, ResourceKind::Vcn, &[], network.vcn.to_string()),
        plain(
            INTERNET_GATEWAY,
            ResourceKind::InternetGateway,
            &[VCN],
            String::new(),
        ),
        plain(
            PUBLIC_SECURITY,
            ResourceKind::SecurityList,
            &[VCN],
            "80 and 443 from anywhere, SSH from ssh_from".to_owned(),
        ),
        plain(
            PRIVATE_SECURITY,
            ResourceKind::SecurityList,
            &[VCN],
            "only from inside the VCN".to_owned(),
        ),
        plain(
            PUBLIC_ROUTES,
            ResourceKind::RouteTable,
            &[INTERNET_GATEWAY],
            "to the internet gateway".to_owned(),
        ),
        plain(
            PUBLIC_SUBNET,
            ResourceKind::Subnet,
            &[PUBLIC_ROUTES, PUBLIC_SECURITY],
            network.public_subnet.to_string(),
        ),
    ];
    let ingress = topology.ingress().map(node_key);
    parts.extend(
        topology
            .nodes
            .iter()
            .filter(|n| n.subnet == Placement::Public)
            .map(instance),
    );
    let mut routes = plain(
        PRIVATE_ROUTES,
        ResourceKind::RouteTable,
        &[],
        "to the ingress node's private address".to_owned(),
    );
    routes.needs.extend(ingress);
    parts.push(routes);
    parts.push(plain(
        PRIVATE_SUBNET,
        ResourceKind::Subnet,
        &[PRIVATE_ROUTES, PRIVATE_SECURITY],
        network.private_subnet.to_string(),
    ));
    parts.extend(
        topology
            .nodes
            .iter()
            .filter(|n| n.subnet == Placement::Private)
            .map(instance),
    );
    parts
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

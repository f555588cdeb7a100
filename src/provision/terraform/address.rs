//! Which of the cluster's resources a Terraform resource is.
//!
//! The tag that both engines lay tells it for certain; without one, type and name in the
//! configuration do. What is none of ours keeps its address for a key.

use serde_json::Value;

use super::resource::Resource;
use crate::domain::plan::{ResourceKey, ResourceKind};
use crate::domain::text;
use crate::domain::topology::Topology;
use crate::provision::blueprint::{self, KEY_TAG};

/// What a resource of this type is; the provider's types have other names than OCI's API.
pub(super) fn kind(of_type: &str) -> ResourceKind {
    match of_type {
        "oci_core_vcn" | "oci_core_virtual_network" => ResourceKind::Vcn,
        "oci_core_internet_gateway" => ResourceKind::InternetGateway,
        "oci_core_route_table" => ResourceKind::RouteTable,
        "oci_core_security_list" => ResourceKind::SecurityList,
        "oci_core_subnet" => ResourceKind::Subnet,
        "oci_core_instance" => ResourceKind::Instance,
        "oci_core_public_ip" => ResourceKind::PublicIp,
        "oci_core_route_table_attachment" => ResourceKind::DefaultRoute,
        "oci_limits_quota" => ResourceKind::Quota,
        _ => ResourceKind::Other,
    }
}

/// The key that the tags of a planned or present resource tell.
pub(super) fn tagged(values: &Value) -> Option<ResourceKey> {
    let key = values.get("freeform_tags")?.get(KEY_TAG)?.as_str()?;
    Some(ResourceKey::new(text::line(key)))
}

/// The key that follows from type, name and index; nothing for what is in a module or is none of
/// the cluster's.
pub(super) fn key(resource: &Resource, topology: &Topology) -> Option<ResourceKey> {
    if !resource.module.is_empty() || resource.is_data() {
        return None;
    }
    let side = |public, private| {
        let words = [resource.index.as_ref(), Some(&resource.name)];
        let says = |side: &str| words.iter().flatten().any(|word| word.contains(side));
        match (says("public"), says("private")) {
            (true, false) => Some(public),
            (false, true) => Some(private),
            (true, true) | (false, false) => None,
        }
    };
    let key = match kind(&resource.kind) {
        ResourceKind::Vcn => blueprint::VCN,
        ResourceKind::InternetGateway => blueprint::INTERNET_GATEWAY,
        ResourceKind::RouteTable => side(blueprint::PUBLIC_ROUTES, blueprint::PRIVATE_ROUTES)?,
        ResourceKind::SecurityList => {
            side(blueprint::PUBLIC_SECURITY, blueprint::PRIVATE_SECURITY)?
        }
        ResourceKind::Subnet => side(blueprint::PUBLIC_SUBNET, blueprint::PRIVATE_SUBNET)?,
        ResourceKind::PublicIp => blueprint::PUBLIC_IP,
        ResourceKind::Quota => blueprint::QUOTA_GUARD,
        ResourceKind::Instance => return node(resource, topology),
        // Where the private subnet gets its route table late, that is when its way out opens.
        ResourceKind::DefaultRoute => {
            side("", blueprint::DEFAULT_ROUTE).filter(|key| !key.is_empty())?
        }
        ResourceKind::PublicIpAssignment | ResourceKind::Other => return None,
    };
    Some(ResourceKey::new(key))
}

/// A node by its name, by the end of its name (`server` of `k3s-server`), or by what it alone does.
fn node(resource: &Resource, topology: &Topology) -> Option<ResourceKey> {
    let word = resource.index.as_ref().unwrap_or(&resource.name).as_str();
    let nodes = &topology.nodes;
    let only = |is: &dyn Fn(&crate::domain::topology::Node) -> bool| {
        let mut found = nodes.iter().filter(|node| is(node));
        found.next().filter(|_| found.next().is_none())
    };
    let node = only(&|node| node.name == word)
        .or_else(|| {
            only(&|node| {
                node.name
                    .strip_suffix(word)
                    .is_some_and(|it| it.ends_with('-'))
            })
        })
        .or_else(|| only(&|node| format!("{:?}", node.role).eq_ignore_ascii_case(word)))?;
    Some(blueprint::node_key(node))
}

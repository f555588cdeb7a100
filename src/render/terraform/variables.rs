//! `terraform.tfvars.json`: this cluster's values for the variables that the HCL declares.
//!
//! Follows from `cluster.toml` alone, so that it is the same on every machine. What only this
//! machine's account knows is none of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;

use serde::Serialize;

use crate::config::Config;
use crate::domain::topology::{Cidr, Network, Node, Placement, PublicAddress, Role};

use super::Paths;

/// In alphabetical order, which is the order of the file.
#[derive(Serialize)]
struct Variables<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_domain: Option<String>,
    cluster_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    compartment_ocid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_file_profile: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_ocid: Option<&'a str>,
    nodeports_from: Vec<Cidr>,
    nodes: BTreeMap<String, NodeVariable>,
    operating_system: &'a str,
    operating_system_version: &'a str,
    private_subnet_cidr: Cidr,
    public_ip: PublicAddress,
    public_subnet_cidr: Cidr,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota_guard: Option<QuotaVariable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    ssh_from: Vec<Cidr>,
    ssh_public_key_file: String,
    vcn_cidr: Cidr,
}

#[derive(Serialize)]
struct NodeVariable {
    boot_volume_gb: u32,
    memory_gb: u32,
    /// Where it stands in line when nodes are spread over domains.
    number: usize,
    ocpus: u32,
    private_ip: Ipv4Addr,
    role: Role,
    subnet: Placement,
}

#[derive(Serialize)]
struct QuotaVariable {
    memory_gb: u32,
    ocpus: u32,
    volumes_gb: u32,
}

/// The file's text.
pub(super) fn text(config: &Config, paths: Paths<'_>) -> serde_json::Result<String> {
    let network = Network::from(&config.network);
    let nodes = config.nodes().into_iter().enumerate();
    let variables = Variables {
        availability_domain: config
            .oci
            .availability_domain
            .as_ref()
            .map(ToString::to_string),
        cluster_name: &config.cluster.name,
        compartment_ocid: config.oci.compartment.as_deref(),
        config_file_profile: profile(config, paths),
        image_ocid: config.image.ocid.as_deref(),
        nodeports_from: outside(&network),
        nodes: nodes.map(|(number, node)| variable(number, node)).collect(),
        operating_system: &config.image.operating_system,
        operating_system_version: &config.image.version,
        private_subnet_cidr: network.private_subnet,
        public_ip: network.public_ip,
        public_subnet_cidr: network.public_subnet,
        quota_guard: config.provision.quota_guard.then(|| quota(config)),
        region: config.oci.region.as_deref(),
        ssh_from: network.ssh_from,
        ssh_public_key_file: from_folder(&config.ssh.public_key, paths),
        vcn_cidr: network.vcn,
    };
    Ok(serde_json::to_string_pretty(&variables)? + "\n")
}

/// The networks from which the VCN's own rule does not let node ports through already.
fn outside(network: &Network) -> Vec<Cidr> {
    let from = network.nodeports_from.iter().copied();
    from.filter(|from| !network.vcn.covers(*from)).collect()
}

fn variable(number: usize, node: Node) -> (String, NodeVariable) {
    let variable = NodeVariable {
        boot_volume_gb: node.boot_volume.0,
        memory_gb: node.memory.0,
        number,
        ocpus: node.ocpus.0,
        private_ip: node.private_ip,
        role: node.role,
        subnet: node.subnet,
    };
    (node.name, variable)
}

fn quota(config: &Config) -> QuotaVariable {
    let allowance = config.allowance.allowance();
    QuotaVariable {
        memory_gb: allowance.memory().0,
        ocpus: allowance.ocpus().0,
        volumes_gb: allowance.boot_volumes.0,
    }
}

/// The provider knows the profiles of `~/.oci/config` only; those of another file it is told of by
/// whoever runs it.
fn profile<'a>(config: &'a Config, paths: Paths<'_>) -> Option<&'a str> {
    let usual = paths.home?.join(".oci/config");
    let profile = config.oci.profile.as_str();
    (config.oci.config_file == usual && profile != "DEFAULT").then_some(profile)
}

/// How a file is called from inside the rendered folder.
fn from_folder(path: &Path, paths: Paths<'_>) -> String {
    if let Ok(inside) = path.strip_prefix(paths.workspace) {
        return Path::new("..").join(inside).display().to_string();
    }
    let home = paths.home.and_then(|home| path.strip_prefix(home).ok());
    home.map_or_else(
        || path.display().to_string(),
        |inside| Path::new("~").join(inside).display().to_string(),
    )
}

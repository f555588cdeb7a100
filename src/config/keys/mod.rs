//! The keys of `cluster.toml`: one struct a table, every key documented and defaulted.
//!
//! These structs are the only list of keys: the published schema is made from them, and the check
//! of a file walks that schema. Knows no file, no position and no rule between two keys.

mod cloud;
mod cluster;
mod delivery;
mod outside;
mod secrets;
mod shapes;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cloud::{AllowanceTable, AvailabilityDomain, NetworkTable, OciTable, Preset};
pub use cluster::{ClusterTable, Engine, ImageTable, Layout, NodeTable, ProvisionTable, SshTable};
pub use delivery::{CertificatesTable, GitopsTable, Issuer, K3sTable};
pub use outside::{DnsHosts, DnsProvider, DnsTable, DnsZone, EndpointsTable};
pub use secrets::{BootstrapTable, RegistryTable, SecretsBy};

/// A cluster: its layout, its place in the cloud, its names, and what k3scope needs to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A program and its arguments that is run when something needs a person, such as capacity
    /// that was found. Takes effect after `k3scope trust`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::command")]
    pub notify_command: Option<Vec<String>>,
    /// Nothing of the cloud or the cluster is changed from here, as with `--read-only`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// The cluster's name and layout.
    pub cluster: ClusterTable,
    /// The account and the place in it.
    pub oci: OciTable,
    /// Addresses, and who may reach them.
    pub network: NetworkTable,
    /// The nodes. May be left out with the layouts `reference` and `compact`.
    pub node: Vec<NodeTable>,
    /// The operating system of all nodes.
    pub image: ImageTable,
    /// The SSH key of the nodes.
    pub ssh: SshTable,
    /// The K3s that is installed on every node.
    pub k3s: K3sTable,
    /// How the cloud's resources are made.
    pub provision: ProvisionTable,
    /// What a month holds for nothing, and what more than that costs.
    pub allowance: AllowanceTable,
    /// The names under which the cluster is reached.
    pub dns: DnsTable,
    /// The Git repository that Argo CD delivers from.
    pub gitops: GitopsTable,
    /// How the nodes begin.
    pub bootstrap: BootstrapTable,
    /// A private registry that the cluster's pods draw images from.
    pub registry: RegistryTable,
    /// Where the certificates of the hosts come from.
    pub certificates: CertificatesTable,
    /// Other addresses for the services that k3scope calls. Takes effect after `k3scope trust`.
    #[serde(skip_serializing_if = "EndpointsTable::is_empty")]
    pub endpoints: EndpointsTable,
    /// Where a connection to `host:port` goes instead (`ip:port`). Takes effect after
    /// `k3scope trust`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "shapes::dial")]
    pub dial: BTreeMap<String, SocketAddr>,
}

impl Default for Config {
    /// The reference layout.
    fn default() -> Self {
        Self::of_layout(Layout::Reference)
    }
}

impl Config {
    /// A layout with every other key at its default. `custom` begins without nodes.
    pub fn of_layout(layout: Layout) -> Self {
        let network = NetworkTable::default();
        Self {
            notify_command: None,
            read_only: false,
            cluster: ClusterTable {
                layout,
                ..ClusterTable::default()
            },
            oci: OciTable::default(),
            node: layout.nodes(&network),
            network,
            image: ImageTable::default(),
            ssh: SshTable::default(),
            k3s: K3sTable::default(),
            provision: ProvisionTable::default(),
            allowance: AllowanceTable::default(),
            dns: DnsTable::default(),
            gitops: GitopsTable::default(),
            bootstrap: BootstrapTable::default(),
            registry: RegistryTable::default(),
            certificates: CertificatesTable::default(),
            endpoints: EndpointsTable::default(),
            dial: BTreeMap::new(),
        }
    }
}

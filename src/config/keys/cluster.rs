//! What the cluster is made of: name, layout, nodes, image, SSH key, engine.
//!
//! The built-in layouts stand here as data; their addresses follow from the subnets.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NetworkTable, shapes};
use crate::config::forms;
use crate::domain::topology::{ImageChoice, Node, Placement, Role};
use crate::domain::units::{Gigabytes, Ocpus};

/// The least boot volume that OCI makes, in GB.
const LEAST_BOOT_VOLUME: u32 = 50;

/// The cluster's name and layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterTable {
    /// Names everything that belongs to the cluster (an RFC 1123 label of at most 30 characters).
    #[schemars(schema_with = "shapes::cluster_name")]
    pub name: String,
    /// The set of nodes: `reference`, `compact`, or `custom` for nodes of your own.
    pub layout: Layout,
}

impl Default for ClusterTable {
    fn default() -> Self {
        Self {
            name: "k3s".to_owned(),
            layout: Layout::Reference,
        }
    }
}

/// A set of nodes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[schemars(inline)]
pub enum Layout {
    /// Ingress, server and worker: 4 OCPU and 24 GB.
    #[default]
    Reference,
    /// Ingress and a server that also takes workloads: 2 OCPU and 12 GB.
    Compact,
    /// The nodes that the file names.
    Custom,
}

/// Name, role, subnet, OCPU, GB of memory, and the last number of the address.
type Row = (&'static str, Role, Placement, u32, u32, u32);

impl Layout {
    fn rows(self) -> &'static [Row] {
        const INGRESS: Row = ("k3s-ingress", Role::Ingress, Placement::Public, 1, 6, 10);
        match self {
            Self::Reference => &[
                INGRESS,
                ("k3s-server", Role::Server, Placement::Private, 2, 12, 10),
                ("k3s-worker", Role::Worker, Placement::Private, 1, 6, 11),
            ],
            Self::Compact => &[
                INGRESS,
                ("k3s-server", Role::Server, Placement::Private, 1, 6, 10),
            ],
            Self::Custom => &[],
        }
    }

    /// The layout's nodes with their addresses in `network`; none for `custom`. A node whose
    /// subnet is too small for its address is left out.
    pub fn nodes(self, network: &NetworkTable) -> Vec<NodeTable> {
        self.rows()
            .iter()
            .filter_map(|&(name, role, subnet, ocpus, memory_gb, host)| {
                Some(NodeTable {
                    name: name.to_owned(),
                    role,
                    ocpus,
                    memory_gb,
                    boot_volume_gb: LEAST_BOOT_VOLUME,
                    subnet,
                    private_ip: network.subnet(subnet).host(host)?,
                })
            })
            .collect()
    }

    /// How many nodes the layout has; none is fixed for `custom`.
    pub fn size(self) -> usize {
        self.rows().len()
    }
}

/// One virtual machine (Ampere A1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeTable {
    /// Its display name, host name and Kubernetes node name (an RFC 1123 label).
    #[schemars(schema_with = "shapes::node_name")]
    pub name: String,
    /// What it does: `ingress`, `server` or `worker`.
    #[schemars(schema_with = "shapes::role")]
    pub role: Role,
    /// Processors: 1 to 80.
    #[schemars(range(min = 1, max = 80))]
    pub ocpus: u32,
    /// Memory in GB: 1 to 64 for each OCPU, 512 at most.
    #[schemars(range(min = 1, max = 512))]
    pub memory_gb: u32,
    /// Boot volume in GB: 50 or more.
    #[serde(default = "least_boot_volume")]
    #[schemars(range(min = 50, max = 32_768))]
    pub boot_volume_gb: u32,
    /// The subnet it stands in: `public` or `private`.
    #[schemars(schema_with = "shapes::placement")]
    pub subnet: Placement,
    /// Its fixed address in that subnet.
    #[schemars(schema_with = "shapes::ipv4")]
    pub private_ip: Ipv4Addr,
}

fn least_boot_volume() -> u32 {
    LEAST_BOOT_VOLUME
}

impl From<&NodeTable> for Node {
    fn from(table: &NodeTable) -> Self {
        Self {
            name: table.name.clone(),
            role: table.role,
            subnet: table.subnet,
            ocpus: Ocpus(table.ocpus),
            memory: Gigabytes(table.memory_gb),
            boot_volume: Gigabytes(table.boot_volume_gb),
            private_ip: table.private_ip,
        }
    }
}

/// The operating system of all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ImageTable {
    /// The image to use; without it, the newest one that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::image_ocid")]
    pub ocid: Option<String>,
    /// OCI's name of the operating system.
    #[schemars(schema_with = "shapes::text")]
    pub operating_system: String,
    /// Its version.
    #[schemars(schema_with = "shapes::text")]
    pub version: String,
}

impl Default for ImageTable {
    fn default() -> Self {
        Self {
            ocid: None,
            operating_system: "Canonical Ubuntu".to_owned(),
            version: "24.04".to_owned(),
        }
    }
}

impl From<&ImageTable> for ImageChoice {
    fn from(table: &ImageTable) -> Self {
        Self {
            ocid: table.ocid.clone(),
            operating_system: table.operating_system.clone(),
            version: table.version.clone(),
        }
    }
}

/// The SSH key of the nodes. Paths may begin with `~` and are relative to the file's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SshTable {
    /// The file of the public key that is laid on every node (OpenSSH's one-line format).
    #[schemars(schema_with = "shapes::path")]
    pub public_key: PathBuf,
    /// The file of the private key that k3scope logs in with.
    #[schemars(schema_with = "shapes::path")]
    pub private_key: PathBuf,
}

impl Default for SshTable {
    fn default() -> Self {
        Self {
            public_key: PathBuf::from("~/.ssh/id_ed25519.pub"),
            private_key: PathBuf::from("~/.ssh/id_ed25519"),
        }
    }
}

/// How the cloud's resources are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProvisionTable {
    /// What makes them.
    pub engine: Engine,
    /// The Terraform or OpenTofu that is run, for `engine = "terraform"`; without it, the first that
    /// `PATH` leads to. Only after `k3scope trust`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::path")]
    pub terraform: Option<PathBuf>,
    /// For how long a host with room is hunted for where there is none, such as `12h`; `0s` gives up
    /// at once.
    #[schemars(schema_with = "shapes::duration")]
    pub until: String,
    /// Whether a compartment quota is laid that refuses more A1 and volumes than is free.
    pub quota_guard: bool,
}

impl Default for ProvisionTable {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            terraform: None,
            until: "12h".to_owned(),
            quota_guard: false,
        }
    }
}

impl ProvisionTable {
    /// For how long a host with room is hunted for; zero gives up at once.
    pub fn hunt_for(&self) -> Duration {
        forms::duration(&self.until).unwrap_or_default()
    }
}

/// What makes the cloud's resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Engine {
    /// Signed requests to OCI; needs nothing installed.
    #[default]
    Direct,
    /// Terraform or OpenTofu, run in the rendered `tf-k3s/`.
    Terraform,
}

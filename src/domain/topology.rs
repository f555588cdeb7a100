//! The cluster that is wanted: its network and its nodes.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::units::{Gigabytes, Ocpus};

/// The only shape the layouts use: Ampere A1, sold by OCPU and GB.
pub const A1_SHAPE: &str = "VM.Standard.A1.Flex";

/// The tag that says which cluster a resource of the cloud belongs to.
pub const CLUSTER_TAG: &str = "k3scope-cluster";
/// The tag that says which of the cluster's resources it is.
pub const KEY_TAG: &str = "k3scope-key";

/// An IPv4 network in CIDR notation, without host bits (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: Ipv4Addr,
    prefix: u8,
}

/// Why a text is no [`Cidr`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// Not `ADDRESS/PREFIX`.
    #[error("`{0}` is not an IPv4 network; expected ADDRESS/PREFIX, such as 10.0.0.0/16")]
    Form(String),
    /// The address has bits beyond the prefix.
    #[error("`{given}` has host bits set; the network is {network}")]
    HostBits {
        /// What was given.
        given: String,
        /// What it would have to be.
        network: Cidr,
    },
}

impl Cidr {
    /// Every address.
    pub const ANYWHERE: Self = Self {
        address: Ipv4Addr::UNSPECIFIED,
        prefix: 0,
    };

    /// The network of `prefix` bits (32 at most) that `address` lies in.
    pub fn of(address: Ipv4Addr, prefix: u8) -> Self {
        let prefix = prefix.min(32);
        Self {
            address: Ipv4Addr::from_bits(address.to_bits() & Self::mask(prefix)),
            prefix,
        }
    }

    /// The address that is `number` after the network's own, if it lies in this network.
    pub fn host(self, number: u32) -> Option<Ipv4Addr> {
        let address = self.address.to_bits().checked_add(number)?;
        Some(Ipv4Addr::from_bits(address)).filter(|address| self.contains(*address))
    }

    fn mask(prefix: u8) -> u32 {
        u32::MAX
            .checked_shl(32 - u32::from(prefix.min(32)))
            .unwrap_or(0)
    }

    /// Whether `address` lies in this network.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & Self::mask(self.prefix) == self.address.to_bits()
    }

    /// Whether all of `other` lies in this network.
    pub fn covers(self, other: Self) -> bool {
        other.prefix >= self.prefix && self.contains(other.address)
    }

    /// Whether the two have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// The length of the prefix, in bits.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether a host in an OCI subnet may have `address`: OCI keeps the first two and the last.
    pub fn has_usable(self, address: Ipv4Addr) -> bool {
        let host = address.to_bits() & !Self::mask(self.prefix);
        self.contains(address) && host > 1 && host != !Self::mask(self.prefix)
    }
}

impl std::str::FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let form = || CidrError::Form(text.to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(form)?;
        let given: Ipv4Addr = address.parse().map_err(|_| form())?;
        let prefix: u8 = prefix.parse().ok().filter(|p| *p <= 32).ok_or_else(form)?;
        let network = Self::of(given, prefix);
        if network.address == given {
            Ok(network)
        } else {
            Err(CidrError::HostBits {
                given: text.to_owned(),
                network,
            })
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Serialize for Cidr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Cidr {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cidr".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "cidr" })
    }
}

/// What a node does in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Public: NAT gateway for the private nodes, K3s agent, Envoy on ports 80 and 443.
    Ingress,
    /// The K3s control plane.
    Server,
    /// A K3s agent for workloads.
    Worker,
}

/// Which of the two subnets a node stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// Reachable from the internet through the internet gateway.
    Public,
    /// Reaches the internet through the ingress node only.
    Private,
}

/// One virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its display name, host name and Kubernetes node name.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// Where it stands.
    pub subnet: Placement,
    /// Processors.
    pub ocpus: Ocpus,
    /// Memory.
    pub memory: Gigabytes,
    /// Boot volume; OCI's least is 50 GB.
    pub boot_volume: Gigabytes,
    /// Its fixed address inside the VCN.
    pub private_ip: Ipv4Addr,
}

impl Node {
    /// The value of [`KEY_TAG`] on its instance.
    pub fn key(&self) -> String {
        format!("node-{}", self.name)
    }
}

/// Where the ingress node's public address comes from.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum PublicAddress {
    /// Made before the node and kept when the node is rebuilt.
    #[default]
    Reserved,
    /// The node's own: another one after each rebuild.
    Ephemeral,
}

/// The addresses of the cluster's network, and who may reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// The whole virtual cloud network (VCN).
    pub vcn: Cidr,
    /// The subnet behind the internet gateway.
    pub public_subnet: Cidr,
    /// The subnet whose default route is the ingress node.
    pub private_subnet: Cidr,
    /// From where SSH to the ingress node is allowed.
    pub ssh_from: Vec<Cidr>,
    /// From where the node ports (30000 to 32767) are allowed.
    pub nodeports_from: Vec<Cidr>,
    /// Where the ingress node's public address comes from.
    #[serde(default)]
    pub public_ip: PublicAddress,
}

/// How the operating system image is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageChoice {
    /// The pinned image's OCID; without it the newest that matches is taken.
    pub ocid: Option<String>,
    /// OCI's name of the operating system.
    pub operating_system: String,
    /// Its version.
    pub version: String,
}

/// A whole cluster as it is wanted: what provisioning makes real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Topology {
    /// The cluster's name: the value of the tag `k3scope-cluster` on all that it owns.
    pub cluster: String,
    /// Network.
    pub network: Network,
    /// Nodes, the ingress node first.
    pub nodes: Vec<Node>,
    /// Operating system of all nodes.
    pub image: ImageChoice,
    /// The availability domain to launch in (its full name or its number from 1); any when absent.
    pub availability_domain: Option<String>,
    /// The public SSH key laid on every node, in OpenSSH's one-line format.
    pub ssh_public_key: String,
    /// Whether a compartment quota guards against more than is free.
    #[serde(default)]
    pub quota_guard: bool,
}

impl Topology {
    /// The node that serves and routes: there is exactly one in a checked configuration.
    pub fn ingress(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.role == Role::Ingress)
    }

    /// The control plane's node.
    pub fn server(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.role == Role::Server)
    }
}

//! The account, the network and the allowance.
//!
//! Holds what the file says; the live limits and what exists are the cloud's to tell.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes;
use crate::domain::allowance::Allowance;
use crate::domain::topology::{Cidr, Network, Placement, PublicAddress};
use crate::domain::units::{Gigabytes, Ocpus};

/// The account and the place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OciTable {
    /// OCI's configuration file, as the OCI CLI and SDKs use it.
    #[schemars(schema_with = "shapes::path")]
    pub config_file: PathBuf,
    /// The section of that file to use.
    #[schemars(schema_with = "shapes::text")]
    pub profile: String,
    /// The region, such as `eu-frankfurt-1`; without it, the profile's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::region")]
    pub region: Option<String>,
    /// The compartment's OCID; without it, the tenancy itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::compartment_ocid")]
    pub compartment: Option<String>,
    /// The availability domain, by number from 1 or by full name; without it, any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::availability_domain")]
    pub availability_domain: Option<AvailabilityDomain>,
}

impl Default for OciTable {
    fn default() -> Self {
        Self {
            config_file: PathBuf::from("~/.oci/config"),
            profile: "DEFAULT".to_owned(),
            region: None,
            compartment: None,
            availability_domain: None,
        }
    }
}

/// One of a region's one to three availability domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(untagged)]
pub enum AvailabilityDomain {
    /// By number, from 1.
    #[strum(to_string = "{0}")]
    Number(u32),
    /// By full name, such as `Uocm:EU-FRANKFURT-1-AD-1`.
    #[strum(to_string = "{0}")]
    Name(String),
}

/// Addresses, and who may reach them. All networks are IPv4, as ADDRESS/PREFIX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkTable {
    /// The whole virtual cloud network (VCN).
    #[schemars(schema_with = "shapes::cidr")]
    pub vcn: Cidr,
    /// The subnet behind the internet gateway, where the ingress node stands.
    #[schemars(schema_with = "shapes::cidr")]
    pub public_subnet: Cidr,
    /// The subnet that reaches the internet through the ingress node.
    #[schemars(schema_with = "shapes::cidr")]
    pub private_subnet: Cidr,
    /// From where SSH to the ingress node is allowed.
    #[schemars(schema_with = "shapes::cidrs")]
    pub ssh_from: Vec<Cidr>,
    /// From where the node ports (30000 to 32767) are allowed; without it, the VCN.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::cidrs")]
    pub nodeports_from: Option<Vec<Cidr>>,
    /// The ingress node's public address: `reserved` (made before the node, and kept when the node is
    /// rebuilt) or `ephemeral` (another one after each rebuild).
    #[schemars(schema_with = "shapes::public_ip")]
    pub public_ip: PublicAddress,
}

impl Default for NetworkTable {
    fn default() -> Self {
        Self {
            vcn: Cidr::of([10, 0, 0, 0].into(), 16),
            public_subnet: Cidr::of([10, 0, 1, 0].into(), 24),
            private_subnet: Cidr::of([10, 0, 2, 0].into(), 24),
            ssh_from: vec![Cidr::ANYWHERE],
            nodeports_from: None,
            public_ip: PublicAddress::default(),
        }
    }
}

impl NetworkTable {
    /// The addresses that K3s gives pods when nobody tells it otherwise.
    pub fn pods(&self) -> Cidr {
        Cidr::of([10, 42, 0, 0].into(), 16)
    }

    /// The addresses that K3s gives services when nobody tells it otherwise.
    pub fn services(&self) -> Cidr {
        Cidr::of([10, 43, 0, 0].into(), 16)
    }

    /// The addresses of a subnet.
    pub fn subnet(&self, placement: Placement) -> Cidr {
        match placement {
            Placement::Public => self.public_subnet,
            Placement::Private => self.private_subnet,
        }
    }
}

impl From<&NetworkTable> for Network {
    fn from(table: &NetworkTable) -> Self {
        Self {
            vcn: table.vcn,
            public_subnet: table.public_subnet,
            private_subnet: table.private_subnet,
            ssh_from: table.ssh_from.clone(),
            nodeports_from: table
                .nodeports_from
                .clone()
                .unwrap_or_else(|| vec![table.vcn]),
            public_ip: table.public_ip,
        }
    }
}

/// What a month holds for nothing, and what more than that costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AllowanceTable {
    /// A known allowance, or `custom` with amounts of your own.
    pub preset: Preset,
    /// A1 processors that can run all month (with `custom`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::amount")]
    pub ocpus: Option<u32>,
    /// A1 memory in GB that can run all month (with `custom`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::amount")]
    pub memory_gb: Option<u32>,
    /// Boot and block volumes together, in GB (with `custom`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::amount")]
    pub boot_volume_gb: Option<u32>,
    /// Price of an OCPU-hour beyond that, in US dollars (with `custom`; otherwise as published).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::price")]
    pub ocpu_hour: Option<f64>,
    /// Price of a GB-hour of memory beyond that, in US dollars (with `custom`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::price")]
    pub memory_gb_hour: Option<f64>,
    /// Price of a GB-month of volume beyond that, in US dollars (with `custom`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::price")]
    pub volume_gb_month: Option<f64>,
}

/// A known allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Preset {
    /// Always Free since 2026-06-15: 2 OCPU, 12 GB, 200 GB of volumes.
    #[default]
    AlwaysFree,
    /// Pay as you go by the pricing page: 4 OCPU, 24 GB, 200 GB of volumes.
    #[serde(rename = "payg-2025")]
    Payg2025,
    /// The amounts that the file names.
    Custom,
}

impl AllowanceTable {
    /// The amounts and prices that count.
    pub fn allowance(&self) -> Allowance {
        let free = Allowance::ALWAYS_FREE;
        match self.preset {
            Preset::AlwaysFree => free,
            Preset::Payg2025 => Allowance::PAYG_2025,
            Preset::Custom => Allowance {
                boot_volumes: self.boot_volume_gb.map_or(free.boot_volumes, Gigabytes),
                ocpu_hour: price(self.ocpu_hour, free.ocpu_hour),
                gigabyte_hour: price(self.memory_gb_hour, free.gigabyte_hour),
                volume_gigabyte_month: price(self.volume_gb_month, free.volume_gigabyte_month),
                priced: free.priced.filter(|_| !self.names_a_price()),
                ..free.with(
                    self.ocpus.map_or(free.ocpus(), Ocpus),
                    self.memory_gb.map_or(free.memory(), Gigabytes),
                )
            },
        }
    }

    fn names_a_price(&self) -> bool {
        let own = [self.ocpu_hour, self.memory_gb_hour, self.volume_gb_month];
        own.iter().any(Option::is_some)
    }
}

/// Dollars in hundred-thousandths. Rounded by formatting: the language has no checked conversion
/// from a fraction to a whole number.
fn price(dollars: Option<f64>, published: u32) -> u32 {
    dollars
        .and_then(|dollars| format!("{:.0}", dollars * 100_000.0).parse().ok())
        .unwrap_or(published)
}

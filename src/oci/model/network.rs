//! The network family of the core service: VCN, gateway, routes, security lists, subnets, addresses.
//!
//! Rules are the same type in a body and in an answer, with OCI's defaults filled in, so that what
//! is wanted can be compared with what is there.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::{Deserialize, Serialize};

use super::{Lifecycle, Tags};
use crate::oci::client::Resource;
use crate::oci::endpoints::Service;

/// A virtual cloud network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vcn {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub compartment_id: String,
    #[serde(default)]
    pub cidr_blocks: Vec<String>,
    #[serde(default)]
    pub dns_label: Option<String>,
    #[serde(default)]
    pub default_route_table_id: Option<String>,
    #[serde(default)]
    pub default_security_list_id: Option<String>,
}

impl Resource for Vcn {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "vcns";
}

/// Body of `CreateVcn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateVcn {
    pub compartment_id: String,
    pub cidr_blocks: Vec<String>,
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_label: Option<String>,
    pub freeform_tags: Tags,
}

/// The way of a VCN to the internet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InternetGateway {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub vcn_id: String,
    #[serde(default)]
    pub is_enabled: bool,
}

impl Resource for InternetGateway {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "internetGateways";
}

/// Body of `CreateInternetGateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateInternetGateway {
    pub compartment_id: String,
    pub vcn_id: String,
    pub is_enabled: bool,
    pub display_name: String,
    pub freeform_tags: Tags,
}

/// The routes of a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTable {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub vcn_id: String,
    #[serde(default)]
    pub route_rules: Vec<RouteRule>,
}

impl Resource for RouteTable {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "routeTables";
}

/// One route: what goes to `destination` goes through `network_entity_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteRule {
    #[serde(default)]
    pub destination: String,
    #[serde(default = "cidr_block")]
    pub destination_type: String,
    pub network_entity_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl RouteRule {
    /// A route for a CIDR block.
    pub fn to(destination: impl Into<String>, network_entity_id: impl Into<String>) -> Self {
        Self {
            destination: destination.into(),
            destination_type: cidr_block(),
            network_entity_id: network_entity_id.into(),
            description: None,
        }
    }
}

/// Body of `CreateRouteTable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRouteTable {
    pub compartment_id: String,
    pub vcn_id: String,
    pub display_name: String,
    pub route_rules: Vec<RouteRule>,
    pub freeform_tags: Tags,
}

/// Body of `UpdateRouteTable`: the rules given replace those there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRouteTable {
    pub route_rules: Vec<RouteRule>,
}

/// A network in one VCN, its addresses and what holds for them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subnet {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub vcn_id: String,
    #[serde(default)]
    pub cidr_block: String,
    #[serde(default)]
    pub dns_label: Option<String>,
    #[serde(default)]
    pub prohibit_public_ip_on_vnic: bool,
    #[serde(default)]
    pub route_table_id: String,
    #[serde(default)]
    pub security_list_ids: Vec<String>,
}

impl Resource for Subnet {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "subnets";
}

/// Body of `CreateSubnet` (regional: no availability domain).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSubnet {
    pub compartment_id: String,
    pub vcn_id: String,
    pub cidr_block: String,
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_label: Option<String>,
    pub prohibit_public_ip_on_vnic: bool,
    pub route_table_id: String,
    pub security_list_ids: Vec<String>,
    pub freeform_tags: Tags,
}

/// Body of `UpdateSubnet`: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSubnet {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_list_ids: Option<Vec<String>>,
}

/// A network card of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vnic {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub is_primary: bool,
    #[serde(default)]
    pub private_ip: Option<String>,
    #[serde(default)]
    pub public_ip: Option<String>,
    #[serde(default)]
    pub skip_source_dest_check: bool,
    #[serde(default)]
    pub hostname_label: Option<String>,
    #[serde(default)]
    pub subnet_id: Option<String>,
}

impl Resource for Vnic {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "vnics";
}

/// Body of `UpdateVnic`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateVnic {
    pub skip_source_dest_check: bool,
}

/// A private address of a VNIC: what a route rule can name as its target.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateIp {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub ip_address: String,
    #[serde(default)]
    pub is_primary: bool,
    #[serde(default)]
    pub subnet_id: Option<String>,
    #[serde(default)]
    pub vnic_id: Option<String>,
}

impl Resource for PrivateIp {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "privateIps";
}

/// A public address, ephemeral or reserved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicIp {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub lifecycle_state: Lifecycle,
    #[serde(default)]
    pub freeform_tags: Tags,
    #[serde(default)]
    pub ip_address: String,
    #[serde(default)]
    pub lifetime: Option<String>,
    #[serde(default)]
    pub private_ip_id: Option<String>,
}

impl Resource for PublicIp {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "publicIps";
}

/// Body of `CreatePublicIp`: a reserved address, or an ephemeral one for a private address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePublicIp {
    pub compartment_id: String,
    /// `RESERVED` or `EPHEMERAL`.
    pub lifetime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_ip_id: Option<String>,
    pub display_name: String,
    pub freeform_tags: Tags,
}

pub(super) fn cidr_block() -> String {
    "CIDR_BLOCK".to_owned()
}

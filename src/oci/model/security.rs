//! Security lists: what may enter and leave a subnet.
//!
//! A rule read back equals the rule sent: OCI's defaults are written out on both sides.
#![expect(
    missing_docs,
    reason = "fields carry the names of OCI's API reference, which defines them"
)]

use serde::{Deserialize, Serialize};

use super::network::cidr_block;
use super::{Lifecycle, Tags};
use crate::oci::client::Resource;
use crate::oci::endpoints::Service;

/// A set of rules that subnets name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityList {
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
    pub ingress_security_rules: Vec<IngressSecurityRule>,
    #[serde(default)]
    pub egress_security_rules: Vec<EgressSecurityRule>,
}

impl Resource for SecurityList {
    const SERVICE: Service = Service::Core;
    const COLLECTION: &'static str = "securityLists";
}

/// What may come in. `protocol` is `all` or a number of IANA's (1 ICMP, 6 TCP, 17 UDP).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngressSecurityRule {
    pub protocol: String,
    pub source: String,
    #[serde(default = "cidr_block")]
    pub source_type: String,
    #[serde(default)]
    pub is_stateless: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_options: Option<TcpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp_options: Option<UdpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp_options: Option<IcmpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl IngressSecurityRule {
    /// Everything of one protocol from a CIDR block; narrow it by setting the options.
    pub fn from_cidr(protocol: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            protocol: protocol.into(),
            source: source.into(),
            source_type: cidr_block(),
            is_stateless: false,
            tcp_options: None,
            udp_options: None,
            icmp_options: None,
            description: None,
        }
    }
}

/// What may go out; as [`IngressSecurityRule`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EgressSecurityRule {
    pub protocol: String,
    pub destination: String,
    #[serde(default = "cidr_block")]
    pub destination_type: String,
    #[serde(default)]
    pub is_stateless: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_options: Option<TcpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp_options: Option<UdpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp_options: Option<IcmpOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl EgressSecurityRule {
    /// Everything of one protocol to a CIDR block.
    pub fn to_cidr(protocol: impl Into<String>, destination: impl Into<String>) -> Self {
        Self {
            protocol: protocol.into(),
            destination: destination.into(),
            destination_type: cidr_block(),
            is_stateless: false,
            tcp_options: None,
            udp_options: None,
            icmp_options: None,
            description: None,
        }
    }
}

/// Ports from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRange {
    pub min: u16,
    pub max: u16,
}

impl PortRange {
    /// One port.
    pub fn one(port: u16) -> Self {
        Self {
            min: port,
            max: port,
        }
    }
}

/// Ports of a TCP rule; without them, all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TcpOptions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_port_range: Option<PortRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_port_range: Option<PortRange>,
}

/// Ports of a UDP rule; without them, all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UdpOptions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_port_range: Option<PortRange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_port_range: Option<PortRange>,
}

/// Type of an ICMP rule, and its code unless all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpOptions {
    #[serde(rename = "type")]
    pub kind: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
}

/// Body of `CreateSecurityList`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSecurityList {
    pub compartment_id: String,
    pub vcn_id: String,
    pub display_name: String,
    pub ingress_security_rules: Vec<IngressSecurityRule>,
    pub egress_security_rules: Vec<EgressSecurityRule>,
    pub freeform_tags: Tags,
}

/// Body of `UpdateSecurityList`: the rules given replace those there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSecurityList {
    pub ingress_security_rules: Vec<IngressSecurityRule>,
    pub egress_security_rules: Vec<EgressSecurityRule>,
}

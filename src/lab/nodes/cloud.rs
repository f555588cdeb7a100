//! What OCI's resources say about a machine and its network.
//!
//! The way of a packet follows from them: a route table that a person changes has its effect here.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::firewall::{Net, Packet};
use super::security::{self, Way};
use crate::lab::oci::Oci;

/// OCI, as machines see it; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Cloud(Oci);

/// Where a subnet's default route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextHop {
    /// To the internet gateway.
    Gateway,
    /// To the machine with this private address.
    Machine(Ipv4Addr),
    /// There is none.
    Nowhere,
}

/// A field of a resource that is text; empty when it is not there.
pub(super) fn text<'a>(resource: &'a Value, field: &str) -> &'a str {
    resource
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Cloud {
    pub(super) fn new(oci: Oci) -> Self {
        Self(oci)
    }

    pub(super) fn oci(&self) -> &Oci {
        &self.0
    }

    /// The primary VNIC of an instance.
    pub(super) fn vnic(&self, instance: &str) -> Option<Value> {
        let attached = self.find("vnicAttachments", "instanceId", instance)?;
        self.find("vnics", "id", text(&attached, "vnicId"))
    }

    /// The VCN of a VNIC.
    pub(super) fn vcn(&self, vnic: &Value) -> String {
        let subnet = self.find("subnets", "id", text(vnic, "subnetId"));
        subnet.map_or_else(String::new, |subnet| text(&subnet, "vcnId").to_owned())
    }

    /// Where the default route of an instance's subnet leads.
    pub(super) fn default_route(&self, instance: &str) -> NextHop {
        self.route_target(instance).unwrap_or(NextHop::Nowhere)
    }

    fn route_target(&self, instance: &str) -> Option<NextHop> {
        let vnic = self.vnic(instance)?;
        let subnet = self.find("subnets", "id", text(&vnic, "subnetId"))?;
        let table = self.find("routeTables", "id", text(&subnet, "routeTableId"))?;
        let rules = table.get("routeRules")?.as_array()?;
        let rule = rules
            .iter()
            .find(|rule| text(rule, "destination") == "0.0.0.0/0")?;
        let target = text(rule, "networkEntityId");
        if let Some(gateway) = self.find("internetGateways", "id", target) {
            let enabled = gateway.get("isEnabled") != Some(&Value::Bool(false));
            return enabled.then_some(NextHop::Gateway);
        }
        let address = self.find("privateIps", "id", target)?;
        Some(NextHop::Machine(text(&address, "ipAddress").parse().ok()?))
    }

    /// Whether an instance's VNIC lets packets pass that are not for itself.
    pub(super) fn forwards(&self, instance: &str) -> bool {
        self.vnic(instance)
            .is_some_and(|vnic| vnic.get("skipSourceDestCheck") == Some(&Value::Bool(true)))
    }

    /// The addresses of an instance's subnet.
    pub(super) fn subnet(&self, instance: &str) -> Option<Net> {
        let vnic = self.vnic(instance)?;
        let subnet = self.find("subnets", "id", text(&vnic, "subnetId"))?;
        text(&subnet, "cidrBlock").parse().ok()
    }

    /// Whether the security lists of an instance's subnet let a packet in.
    pub(super) fn lets_in(&self, instance: &str, packet: Packet) -> bool {
        security::admit(&self.security_lists(instance), Way::In, packet)
    }

    /// Whether they let a packet out.
    pub(super) fn lets_out(&self, instance: &str, packet: Packet) -> bool {
        security::admit(&self.security_lists(instance), Way::Out, packet)
    }

    /// The security lists of an instance's subnet.
    pub(super) fn security_lists(&self, instance: &str) -> Vec<Value> {
        let subnet = self
            .vnic(instance)
            .and_then(|vnic| self.find("subnets", "id", text(&vnic, "subnetId")));
        let ids = subnet
            .as_ref()
            .and_then(|it| it.get("securityListIds")?.as_array());
        let ids = ids.into_iter().flatten().filter_map(Value::as_str);
        ids.filter_map(|id| self.find("securityLists", "id", id))
            .collect()
    }

    /// The OCPUs and gigabytes of an instance, in whole numbers.
    pub(super) fn size(&self, instance: &str) -> Option<(u32, u32)> {
        let instance = self.find("instances", "id", instance)?;
        let whole = |field: &str| {
            let amount = instance.pointer(field)?.as_f64()?;
            format!("{amount:.0}").parse().ok()
        };
        Some((
            whole("/shapeConfig/ocpus")?,
            whole("/shapeConfig/memoryInGBs")?,
        ))
    }

    /// Prints on an instance's serial console.
    pub(super) fn print(&self, instance: &str, text: &str) {
        self.0.print_console(instance, text);
    }

    fn find(&self, collection: &str, field: &str, value: &str) -> Option<Value> {
        self.0
            .resources(collection)
            .into_iter()
            .find(|resource| text(resource, field) == value)
    }
}

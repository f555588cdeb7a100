//! Private addresses: which is free, and what a secondary one takes from its VNIC.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::answer::{Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::kinds;
use super::network::{Body, net, text};
use super::public_ip;
use super::world::World;

/// OCI keeps a subnet's first two addresses and its last.
const KEPT_AT_START: u32 = 2;

/// `DeletePrivateIp`: a VNIC keeps its first address as long as it lives.
pub(super) fn delete(world: &mut World, id: &str, call: &Call) -> Outcome {
    let primary = world
        .living("privateIps", id)
        .is_some_and(|address| address.body.get("isPrimary") == Some(&Value::Bool(true)));
    if primary {
        return Err(Refusal::invalid(format!(
            "The primary private IP {id} cannot be deleted"
        )));
    }
    let answer = collection::delete(world, &kinds::PRIVATE_IP, id, call)?;
    public_ip::take_back(world, id);
    Ok(answer)
}

pub(super) fn check(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    if changed.is_some() {
        return Ok(());
    }
    let vnic = text(body, "vnicId").unwrap_or_default();
    let subnet = world.get(vnic).map(|vnic| vnic.text("subnetId"));
    pick(world, subnet.unwrap_or_default(), text(body, "ipAddress")).map(|_| ())
}

/// A secondary private address takes its place from its VNIC.
pub(super) fn furnish(world: &mut World, id: &str) {
    let Some(vnic) = world
        .get(id)
        .and_then(|address| world.get(address.text("vnicId")))
    else {
        return;
    };
    let copied = ["subnetId", "compartmentId", "availabilityDomain"]
        .map(|field| (field, vnic.text(field).to_owned()));
    let wanted = world
        .get(id)
        .map(|address| address.text("ipAddress").to_owned())
        .filter(|address| !address.is_empty());
    let address = wanted.or_else(|| {
        let subnet = copied.first().map(|(_, subnet)| subnet.as_str());
        pick(world, subnet?, None).ok()
    });
    world.edit(id, |body| {
        for (field, value) in copied {
            body.insert(field.to_owned(), value.into());
        }
        body.insert("ipAddress".into(), address.into());
        body.insert("isPrimary".into(), false.into());
    });
}

/// The wanted address of a subnet if it is free, or the first free one.
pub(super) fn pick(world: &World, subnet: &str, wanted: Option<&str>) -> Result<String, Refusal> {
    let Some(subnet) = world.living("subnets", subnet) else {
        return Err(Refusal::related(subnet));
    };
    let net = net(subnet.text("cidrBlock"), "cidrBlock")?;
    let taken: Vec<&str> = world
        .all("privateIps")
        .filter(|address| address.text("subnetId") == subnet.id())
        .map(|address| address.text("ipAddress"))
        .collect();
    let first = u32::from(net.network()) + KEPT_AT_START;
    let last = u32::from(net.broadcast());
    if let Some(wanted) = wanted {
        let usable = wanted
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| (first..last).contains(&u32::from(address)));
        if !usable {
            return Err(Refusal::invalid(format!(
                "privateIp {wanted} is not an assignable address of subnet {}",
                subnet.id()
            )));
        }
        if taken.contains(&wanted) {
            return Err(Refusal::invalid(format!(
                "Private IP {wanted} in subnet {} is already in use",
                subnet.id()
            )));
        }
        return Ok(wanted.to_owned());
    }
    (first..last)
        .map(|address| Ipv4Addr::from(address).to_string())
        .find(|address| !taken.contains(&address.as_str()))
        .ok_or_else(|| {
            Refusal::new(
                400,
                "LimitExceeded",
                format!("Subnet {} has no free address.", subnet.id()),
            )
        })
}

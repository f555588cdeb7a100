//! Routes: where a rule may lead, and what a VNIC that forwards must keep.

use serde_json::Value;

use super::answer::Refusal;
use super::collection;
use super::network::{Body, net, text};
use super::world::World;

pub(super) fn check_table(
    world: &World,
    body: &Body,
    _changed: Option<&str>,
) -> Result<(), Refusal> {
    let vcn = text(body, "vcnId").unwrap_or_default();
    let rules = body.get("routeRules").and_then(Value::as_array);
    for rule in rules.into_iter().flatten().filter_map(Value::as_object) {
        let destination = text(rule, "destination").or(text(rule, "cidrBlock"));
        net(
            destination.ok_or_else(|| Refusal::missing("routeRules.destination"))?,
            "destination",
        )?;
        check_target(
            world,
            text(rule, "networkEntityId").unwrap_or_default(),
            vcn,
        )?;
    }
    Ok(())
}

/// A route leads to a gateway of the VCN, or to a private address whose VNIC forwards.
fn check_target(world: &World, id: &str, vcn: &str) -> Result<(), Refusal> {
    if let Some(gateway) = world.living("internetGateways", id) {
        return if gateway.text("vcnId") == vcn {
            Ok(())
        } else {
            Err(Refusal::invalid(format!(
                "Rule has an invalid target: {id} is not in VCN {vcn}"
            )))
        };
    }
    let Some(address) = world.living("privateIps", id) else {
        return Err(Refusal::related(id));
    };
    let in_vcn = world
        .get(address.text("subnetId"))
        .is_some_and(|subnet| subnet.text("vcnId") == vcn);
    if !in_vcn {
        return Err(Refusal::invalid(format!(
            "Rule has an invalid target: {id} is not in VCN {vcn}"
        )));
    }
    let forwards = world
        .get(address.text("vnicId"))
        .and_then(|vnic| vnic.body.get("skipSourceDestCheck"))
        .is_some_and(|skips| *skips == Value::Bool(true));
    if forwards {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "Rule has an invalid target: the VNIC of private IP {id} must have skipSourceDestCheck set to true"
        )))
    }
}

/// The check may not return on a VNIC that a route leads to.
pub(super) fn check_vnic(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    let checks = body.get("skipSourceDestCheck") == Some(&Value::Bool(false));
    let Some(vnic) = changed.filter(|_| checks) else {
        return Ok(());
    };
    let Some(address) = world.find("privateIps", "vnicId", vnic) else {
        return Ok(());
    };
    match collection::user_of(world, address) {
        Some(table) => Err(Refusal::conflict(format!(
            "The VNIC {vnic} is the target of route table {}; skipSourceDestCheck must stay true.",
            table.id()
        ))),
        None => Ok(()),
    }
}

//! Routes: where a rule may lead. What becomes of a target later (its VNIC checks sources again, its
//! instance ends) is not held against anyone: packets are lost then, as in OCI.

use serde_json::Value;

use super::answer::Refusal;
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

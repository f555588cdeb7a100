//! Subnets: what of a VCN they may take, what they get from it, and what a changed block must keep.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::network::{Body, DEFAULTS, blocks, net, overlaps, text};
use super::world::World;

/// A subnet belongs to one VCN with all that it names, inside its blocks and beside its other subnets.
pub(super) fn check(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    let vcn_id = text(body, "vcnId").unwrap_or_default();
    for field in ["routeTableId", "dhcpOptionsId"] {
        same_vcn(world, text(body, field), vcn_id, field)?;
    }
    let lists = body.get("securityListIds").and_then(Value::as_array);
    for list in lists.into_iter().flatten() {
        same_vcn(world, list.as_str(), vcn_id, "securityListIds")?;
    }
    let block = text(body, "cidrBlock").unwrap_or_default();
    let before = changed.and_then(|id| world.get(id));
    if before.is_some_and(|before| before.text("cidrBlock") == block) {
        return Ok(());
    }
    let wanted = net(block, "cidrBlock")?;
    let Some(vcn) = world.living("vcns", vcn_id) else {
        return Err(Refusal::related(vcn_id));
    };
    let inside = blocks(&vcn.body)
        .iter()
        .filter_map(|block| block.parse::<Ipv4Net>().ok())
        .any(|whole| whole.contains(&wanted));
    if !inside {
        return Err(Refusal::invalid(format!(
            "The requested CIDR {block} is invalid: not contained in the VCN's CIDR blocks"
        )));
    }
    alone(world, wanted, vcn_id, changed)?;
    changed.map_or(Ok(()), |id| keeps_addresses(world, wanted, id))
}

fn alone(world: &World, wanted: Ipv4Net, vcn: &str, own: Option<&str>) -> Result<(), Refusal> {
    let taken = world
        .all("subnets")
        .filter(|subnet| subnet.text("vcnId") == vcn && !subnet.is_over())
        .filter(|subnet| Some(subnet.id()) != own)
        .find(|subnet| overlaps(subnet.text("cidrBlock"), wanted));
    match taken {
        Some(other) => Err(Refusal::invalid(format!(
            "The requested CIDR {wanted} is invalid: subnet {} with CIDR {} overlaps with this CIDR.",
            other.id(),
            other.text("cidrBlock")
        ))),
        None => Ok(()),
    }
}

/// A changed block still holds every address that is in use.
fn keeps_addresses(world: &World, wanted: Ipv4Net, subnet: &str) -> Result<(), Refusal> {
    let outside = world
        .all("privateIps")
        .filter(|address| address.text("subnetId") == subnet)
        .map(|address| address.text("ipAddress"))
        .find(|address| {
            let address = address.parse::<Ipv4Addr>();
            !address.is_ok_and(|address| wanted.contains(&address))
        });
    match outside {
        Some(address) => Err(Refusal::invalid(format!(
            "The requested CIDR {wanted} is invalid: {address} is in use and not contained in it"
        ))),
        None => Ok(()),
    }
}

fn same_vcn(world: &World, id: Option<&str>, vcn: &str, field: &str) -> Result<(), Refusal> {
    let elsewhere = id
        .and_then(|id| world.get(id))
        .is_some_and(|part| part.text("vcnId") != vcn);
    if elsewhere {
        return Err(Refusal::invalid(format!(
            "{field} belongs to another VCN than {vcn}"
        )));
    }
    Ok(())
}

/// What a new subnet gets from its VCN.
pub(super) fn furnish(world: &mut World, id: &str) {
    let Some(subnet) = world.get(id) else { return };
    let Some(vcn) = world.get(subnet.text("vcnId")) else {
        return;
    };
    let defaults = DEFAULTS.map(|field| vcn.text(field).to_owned());
    let domain = match (
        text(&subnet.body, "dnsLabel"),
        text(&vcn.body, "vcnDomainName"),
    ) {
        (Some(label), Some(domain)) => Some(format!("{label}.{domain}")),
        _ => None,
    };
    let number = world.all("subnets").count();
    let [routes, security, dhcp] = defaults;
    world.edit(id, |subnet| {
        subnet.entry("routeTableId").or_insert(routes.into());
        subnet
            .entry("securityListIds")
            .or_insert_with(|| json!([security]));
        subnet.entry("dhcpOptionsId").or_insert(dhcp.into());
        subnet
            .entry("prohibitPublicIpOnVnic")
            .or_insert(false.into());
        subnet
            .entry("prohibitInternetIngress")
            .or_insert(false.into());
        subnet.insert(
            "virtualRouterMac".into(),
            format!("00:00:17:00:00:{number:02x}").into(),
        );
        if let Some(domain) = domain {
            subnet.insert("subnetDomainName".into(), domain.into());
        }
        route(subnet);
    });
}

/// The router of a subnet follows its block.
pub(super) fn changed(world: &mut World, id: &str, before: &Body) {
    let same = world
        .get(id)
        .is_some_and(|subnet| Some(subnet.text("cidrBlock")) == text(before, "cidrBlock"));
    if !same {
        world.edit(id, route);
    }
}

fn route(subnet: &mut Body) {
    let router = text(subnet, "cidrBlock")
        .and_then(|block| block.parse::<Ipv4Net>().ok())
        .map(|net| Ipv4Addr::from(u32::from(net.network()) + 1).to_string());
    subnet.insert("virtualRouterIp".into(), router.into());
}

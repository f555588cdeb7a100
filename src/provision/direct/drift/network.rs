//! The network and its addresses: VCN, gateway, routes, subnets, public address, guard.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::plan::{Remedy, ResourceKey};
use crate::domain::topology::{Cidr, Placement};
use crate::oci::model::{InternetGateway, PublicIp, Quota, RouteRule, RouteTable, Subnet, Vcn};
use crate::provision::blueprint::{
    INTERNET_GATEWAY, PRIVATE_ROUTES, PRIVATE_SECURITY, PUBLIC_ROUTES, PUBLIC_SECURITY,
    PUBLIC_SUBNET, Part,
};
use crate::provision::direct::bodies::{dns_label, subnet_label};
use crate::provision::direct::quota::plain;

use super::{Compared, Difference, INGRESS_ADDRESS, Target, Wanted};

/// What differs of the VCN. A block that others laid beside ours can go again; another block than
/// ours is another network.
pub(in crate::provision::direct) fn vcn(
    wanted: &Wanted<'_>,
    part: &Part,
    found: &Vcn,
) -> Vec<Difference> {
    let topology = &wanted.engine.topology;
    let block = topology.network.vcn.to_string();
    let mut compared = Compared::named(&found.display_name, &part.name);
    if !found.cidr_blocks.contains(&block) {
        compared.field(
            "cidrBlocks",
            found.cidr_blocks.clone(),
            vec![block],
            Remedy::Replace,
        );
        return labelled(compared, found, dns_label(&topology.cluster));
    }
    let mut blocks = Compared::of(Target::Action, "");
    blocks.field(
        "cidrBlocks",
        found.cidr_blocks.clone(),
        vec![block],
        Remedy::Change,
    );
    let mut differences = labelled(compared, found, dns_label(&topology.cluster));
    differences.extend(blocks.done());
    differences
}

fn labelled(mut compared: Compared, found: &Vcn, label: Option<String>) -> Vec<Difference> {
    compared.field("dnsLabel", found.dns_label.clone(), label, Remedy::Replace);
    compared.done()
}

/// What differs of the internet gateway.
pub(in crate::provision::direct) fn gateway(
    part: &Part,
    found: &InternetGateway,
) -> Vec<Difference> {
    let mut compared = Compared::named(&found.display_name, &part.name);
    compared.field("isEnabled", found.is_enabled, true, Remedy::Change);
    compared.done()
}

/// What differs of a route table. The private one's rules are those of [`default_route`].
pub(in crate::provision::direct) fn route_table(
    wanted: &Wanted<'_>,
    part: &Part,
    found: &RouteTable,
) -> Vec<Difference> {
    let mut compared = Compared::named(&found.display_name, &part.name);
    if part.key.0 == PUBLIC_ROUTES {
        let gateway = (wanted.id)(INTERNET_GATEWAY);
        rules(
            wanted,
            &mut compared,
            found,
            gateway,
            "the internet gateway",
        );
    }
    compared.done()
}

/// What differs of the private subnet's way out.
pub(in crate::provision::direct) fn default_route(
    wanted: &Wanted<'_>,
    found: &RouteTable,
) -> Vec<Difference> {
    let mut compared = Compared::new();
    let address = (wanted.id)(INGRESS_ADDRESS);
    rules(wanted, &mut compared, found, address, "the ingress node");
    compared.done()
}

/// Holds a table's rules against the one that it should have.
fn rules(
    wanted: &Wanted<'_>,
    compared: &mut Compared,
    found: &RouteTable,
    target: Option<String>,
    name: &str,
) {
    let anywhere = Cidr::ANYWHERE.to_string();
    let right = |rule: &RouteRule| {
        rule.destination == anywhere && Some(&rule.network_entity_id) == target.as_ref()
    };
    if found.route_rules.len() == 1 && found.route_rules.iter().all(right) {
        return;
    }
    let told: Vec<String> = found
        .route_rules
        .iter()
        .map(|rule| {
            let through = match &target {
                Some(id) if *id == rule.network_entity_id => name.to_owned(),
                Some(_) | None => wanted.entity(&rule.network_entity_id),
            };
            format!("{} through {through}", rule.destination)
        })
        .collect();
    let told = if told.is_empty() {
        "none".to_owned()
    } else {
        told.join(", ")
    };
    let rule = RouteRule::to(anywhere.clone(), target.unwrap_or_default());
    let words = (told, format!("{anywhere} through {name}"));
    compared.add("routeRules", words, Remedy::Change, json!([rule]));
}

/// What differs of a subnet.
pub(in crate::provision::direct) fn subnet(
    wanted: &Wanted<'_>,
    part: &Part,
    found: &Subnet,
) -> Vec<Difference> {
    let network = &wanted.engine.topology.network;
    let (placement, cidr, routes, security) = if part.key.0 == PUBLIC_SUBNET {
        let cidr = network.public_subnet;
        (Placement::Public, cidr, PUBLIC_ROUTES, PUBLIC_SECURITY)
    } else {
        let cidr = network.private_subnet;
        (Placement::Private, cidr, PRIVATE_ROUTES, PRIVATE_SECURITY)
    };
    let mut compared = Compared::named(&found.display_name, &part.name);
    let refers = |compared: &mut Compared, field, found: String, key: &str| {
        let id = wanted.of(&ResourceKey::new(key));
        if Some(&found) != id.as_ref() {
            let value = if field == "securityListIds" {
                json!([id])
            } else {
                json!(id)
            };
            let words = (wanted.named(&found), key.to_owned());
            compared.add(field, words, Remedy::Change, value);
        }
    };
    refers(
        &mut compared,
        "routeTableId",
        found.route_table_id.clone(),
        routes,
    );
    let lists: BTreeSet<&str> = found.security_list_ids.iter().map(String::as_str).collect();
    let lists: Vec<&str> = lists.into_iter().collect();
    refers(&mut compared, "securityListIds", lists.join(" "), security);
    compared.field(
        "cidrBlock",
        found.cidr_block.as_str(),
        cidr.to_string(),
        Remedy::Replace,
    );
    compared.field(
        "prohibitPublicIpOnVnic",
        found.prohibit_public_ip_on_vnic,
        placement == Placement::Private,
        Remedy::Replace,
    );
    compared.field(
        "dnsLabel",
        found.dns_label.clone(),
        subnet_label(placement),
        Remedy::Replace,
    );
    compared.done()
}

/// What differs of the reserved address.
pub(in crate::provision::direct) fn public_ip(part: &Part, found: &PublicIp) -> Vec<Difference> {
    Compared::named(&found.display_name, &part.name).done()
}

/// Whether the reserved address is the ingress node's.
pub(in crate::provision::direct) fn assignment(
    wanted: &Wanted<'_>,
    found: &PublicIp,
) -> Vec<Difference> {
    let mut compared = Compared::of(Target::Action, "");
    let target = (wanted.id)(INGRESS_ADDRESS);
    let now = found.private_ip_id.clone().filter(|id| !id.is_empty());
    if now.is_none() || now != target {
        let told = now.map_or_else(|| "none".to_owned(), |id| wanted.entity(&id));
        let words = (told, "the ingress node's address".to_owned());
        compared.add("privateIpId", words, Remedy::Change, Value::Null);
    }
    compared.done()
}

/// What differs of the guard.
pub(in crate::provision::direct) fn quota(wanted: &Wanted<'_>, found: &Quota) -> Vec<Difference> {
    let statements = wanted.engine.guard_statements(wanted.survey);
    let sorted = |all: &[String]| -> BTreeSet<String> { all.iter().map(|it| plain(it)).collect() };
    let (is, should) = (sorted(&found.statements), sorted(&statements));
    let mut compared = Compared::new();
    if is != should {
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            let only: Vec<String> = one.difference(other).cloned().collect();
            if only.is_empty() {
                "nothing in its place".to_owned()
            } else {
                only.join("; ")
            }
        };
        let words = (only(&is, &should), only(&should, &is));
        compared.add("statements", words, Remedy::Change, json!(statements));
    }
    compared.done()
}

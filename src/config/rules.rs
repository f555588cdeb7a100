//! What must hold between the keys of a file, beyond the form of each.
//!
//! A rule is skipped where a value it needs was already found wrong, so that one slip is told
//! once.

mod secrets;

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use super::report::Report;
use super::{Config, DnsProvider, HUNT_LENGTH, Layout, NodeTable, Preset, hunt_length};
use crate::domain::allowance::Usage;
use crate::domain::topology::{Placement, Role};
use crate::domain::units::{Gigabytes, Ocpus};

/// GB of memory that an A1 machine may have for each OCPU.
const MOST_MEMORY_PER_OCPU: u32 = 64;

/// The prefixes that OCI takes for a VCN and its subnets.
const WIDEST_PREFIX: u8 = 16;
const NARROWEST_PREFIX: u8 = 30;

/// Holds `config` against every rule. Its nodes are those of the file that are well-formed.
pub(super) fn check(config: &Config, report: &mut Report<'_>) {
    networks(config, report);
    let nodes = kept_nodes(config, report);
    let complete = !report.touches("node");
    layout(config, &nodes, complete, report);
    for (key, node) in &nodes {
        amounts(key, node, report);
        address(config, key, node, report);
    }
    unique(&nodes, "name", |node| node.name.clone(), report);
    unique(&nodes, "private_ip", |node| node.private_ip, report);
    if complete && report.has("node") {
        roles(&nodes, report);
    }
    allowance(config, report);
    provision(config, &nodes, report);
    dns(config, report);
    secrets::check(config, report);
}

/// The well-formed nodes with their keys in the file, where those that are not keep their number.
fn kept_nodes<'c>(config: &'c Config, report: &Report<'_>) -> Vec<(String, &'c NodeTable)> {
    let mut keys = (0..)
        .map(|index| format!("node[{index}]"))
        .filter(|key| !report.touches(key));
    let kept = config.node.iter();
    kept.filter_map(|node| Some((keys.next()?, node))).collect()
}

fn networks(config: &Config, report: &mut Report<'_>) {
    let network = &config.network;
    let named = [
        ("network.vcn", network.vcn),
        ("network.public_subnet", network.public_subnet),
        ("network.private_subnet", network.private_subnet),
    ]
    .map(|(key, cidr)| (key, (!report.touches(key)).then_some(cidr)));
    for (key, cidr) in named.iter().filter_map(|(key, cidr)| Some((key, (*cidr)?))) {
        if !(WIDEST_PREFIX..=NARROWEST_PREFIX).contains(&cidr.prefix()) {
            let expected = format!("a prefix from /{WIDEST_PREFIX} to /{NARROWEST_PREFIX}");
            report.broken(
                key,
                format!("OCI makes no network of /{}", cidr.prefix()),
                &expected,
            );
        }
    }
    let [(vcn_key, vcn), public, private] = named;
    if let Some(vcn) = vcn {
        for (whose, theirs) in [("pods", network.pods()), ("services", network.services())] {
            if vcn.overlaps(theirs) {
                let message = format!("{vcn} overlaps {theirs}, which K3s uses for {whose}");
                report.broken(
                    vcn_key,
                    message,
                    "a network apart from 10.42.0.0/16 and 10.43.0.0/16",
                );
            }
        }
        for (key, subnet) in [public, private] {
            if let Some(subnet) = subnet.filter(|subnet| !vcn.covers(*subnet)) {
                let message = format!("{subnet} lies outside the VCN");
                report.broken(key, message, &format!("a network inside {vcn}"));
            }
        }
    }
    if let ((_, Some(one)), (key, Some(other))) = (public, private)
        && one.overlaps(other)
    {
        let message = format!("{other} overlaps the public subnet {one}");
        report.broken(key, message, "two subnets apart");
    }
}

fn layout(
    config: &Config,
    nodes: &[(String, &NodeTable)],
    complete: bool,
    report: &mut Report<'_>,
) {
    let layout = config.cluster.layout;
    if report.touches("cluster.layout") || report.touches("network") || !complete {
        return;
    }
    if layout == Layout::Custom {
        if nodes.is_empty() {
            let message = "the layout `custom` has no nodes";
            report.broken("cluster.layout", message, "[[node]] tables in this file");
        }
        return;
    }
    let built_in = layout.nodes(&config.network);
    if built_in.len() < layout.size() {
        let message = format!("a subnet is too small for the addresses of the layout `{layout}`");
        report.broken(
            "network",
            message,
            "subnets of /28 or wider, or `layout = \"custom\"`",
        );
        return;
    }
    if built_in.len() != nodes.len() {
        let message = format!(
            "the layout `{layout}` has {} nodes, and the file names {}",
            built_in.len(),
            nodes.len()
        );
        report.broken(
            "node",
            message,
            "`layout = \"custom\"` for nodes of your own",
        );
        return;
    }
    for ((key, node), theirs) in nodes.iter().zip(&built_in) {
        for (name, found, expected) in differences(node, theirs) {
            let message = format!("{found} is not what the layout `{layout}` has");
            let expected = format!("{expected}, or `layout = \"custom\"`");
            report.broken(&format!("{key}.{name}"), message, &expected);
        }
    }
}

fn differences(node: &NodeTable, theirs: &NodeTable) -> Vec<(&'static str, String, String)> {
    let fields = |node: &NodeTable| {
        [
            ("name", node.name.clone()),
            ("role", format!("{:?}", node.role).to_lowercase()),
            ("ocpus", node.ocpus.to_string()),
            ("memory_gb", node.memory_gb.to_string()),
            ("boot_volume_gb", node.boot_volume_gb.to_string()),
            ("subnet", format!("{:?}", node.subnet).to_lowercase()),
            ("private_ip", node.private_ip.to_string()),
        ]
    };
    fields(node)
        .into_iter()
        .zip(fields(theirs))
        .filter(|((_, found), (_, expected))| found != expected)
        .map(|((name, found), (_, expected))| (name, found, expected))
        .collect()
}

fn amounts(key: &str, node: &NodeTable, report: &mut Report<'_>) {
    let most = node.ocpus.saturating_mul(MOST_MEMORY_PER_OCPU);
    if !(node.ocpus..=most).contains(&node.memory_gb) {
        let message = format!("{} GB do not go with {} OCPU", node.memory_gb, node.ocpus);
        let expected = format!("1 to 64 GB for each OCPU: {} to {most}", node.ocpus);
        report.broken(&format!("{key}.memory_gb"), message, &expected);
    }
}

fn address(config: &Config, key: &str, node: &NodeTable, report: &mut Report<'_>) {
    let (name, subnet) = match node.subnet {
        Placement::Public => ("network.public_subnet", config.network.public_subnet),
        Placement::Private => ("network.private_subnet", config.network.private_subnet),
    };
    let key = format!("{key}.private_ip");
    if report.touches(name) || report.touches(&key) || subnet.has_usable(node.private_ip) {
        return;
    }
    let message = if subnet.contains(node.private_ip) {
        format!("OCI keeps {} of {subnet} for itself", node.private_ip)
    } else {
        format!("{} lies outside {name}", node.private_ip)
    };
    let expected = format!("an address in {subnet}, except its first two and its last");
    report.broken(&key, message, &expected);
}

fn unique<T: Eq + Hash + Display>(
    nodes: &[(String, &NodeTable)],
    name: &str,
    of: impl Fn(&NodeTable) -> T,
    report: &mut Report<'_>,
) {
    let mut first: HashMap<T, &str> = HashMap::new();
    for (key, node) in nodes {
        let value = of(node);
        if let Some(other) = first.get(&value) {
            let message = format!("{value} is taken by {other}");
            report.broken(
                &format!("{key}.{name}"),
                message,
                "another one for each node",
            );
        } else {
            first.insert(value, key);
        }
    }
}

fn roles(nodes: &[(String, &NodeTable)], report: &mut Report<'_>) {
    if nodes.is_empty() {
        return;
    }
    for (role, name) in [(Role::Ingress, "ingress"), (Role::Server, "server")] {
        let mut with = nodes.iter().filter(|(_, node)| node.role == role);
        let expected = format!("exactly one node with the role `{name}`");
        if with.next().is_none() {
            report.broken("node", format!("no node has the role `{name}`"), &expected);
        }
        for (key, _) in with {
            let message = format!("a second node has the role `{name}`");
            report.broken(&format!("{key}.role"), message, &expected);
        }
    }
    for (key, node) in nodes {
        if node.role == Role::Ingress && node.subnet != Placement::Public {
            let message = "the ingress node is reached from the internet";
            report.broken(&format!("{key}.subnet"), message, "`public`");
        }
    }
}

fn allowance(config: &Config, report: &mut Report<'_>) {
    let table = &config.allowance;
    if report.touches("allowance") {
        return;
    }
    let amounts = [
        ("ocpus", table.ocpus.is_some()),
        ("memory_gb", table.memory_gb.is_some()),
        ("boot_volume_gb", table.boot_volume_gb.is_some()),
    ];
    let prices = [
        ("ocpu_hour", table.ocpu_hour.is_some()),
        ("memory_gb_hour", table.memory_gb_hour.is_some()),
        ("volume_gb_month", table.volume_gb_month.is_some()),
    ];
    if table.preset == Preset::Custom {
        for (name, _) in amounts.iter().filter(|(_, given)| !given) {
            let message = format!("`{name}` is missing: `custom` has amounts of its own");
            report.broken(&format!("allowance.{name}"), message, "a whole number");
        }
    } else {
        for (name, _) in amounts.iter().chain(&prices).filter(|(_, given)| *given) {
            let message = "counts only with the preset `custom`";
            report.broken(
                &format!("allowance.{name}"),
                message,
                "`preset = \"custom\"`",
            );
        }
    }
}

fn provision(config: &Config, nodes: &[(String, &NodeTable)], report: &mut Report<'_>) {
    let table = &config.provision;
    if !report.touches("provision.until") && hunt_length(&table.until).is_none() {
        let message = format!("nobody hunts for capacity for `{}`", table.until);
        report.broken("provision.until", message, HUNT_LENGTH);
    }
    let known = !report.touches("allowance") && !report.touches("node");
    if !table.quota_guard || !known || report.touches("provision.quota_guard") {
        return;
    }
    let free = config.allowance.allowance().free();
    let wanted: Usage = nodes.iter().map(|(_, node)| usage(node)).sum();
    if !wanted.fits(free) {
        let message = format!("the guard would refuse these nodes: {wanted} where {free} are free");
        let expected = "`false`, smaller nodes, or an `[allowance]` that holds them";
        report.broken("provision.quota_guard", message, expected);
    }
}

fn usage(node: &NodeTable) -> Usage {
    Usage {
        ocpus: Ocpus(node.ocpus),
        memory: Gigabytes(node.memory_gb),
        boot_volumes: Gigabytes(node.boot_volume_gb),
    }
}

fn dns(config: &Config, report: &mut Report<'_>) {
    let dns = &config.dns;
    if report.touches("dns.provider") || dns.provider == DnsProvider::None {
        return;
    }
    let needed = [
        (
            "zone",
            dns.zone.is_some(),
            "a domain name, such as example.org",
        ),
        (
            "token",
            dns.token.is_some(),
            "a reference, such as { env = \"CLOUDFLARE_API_TOKEN\" }",
        ),
        (
            "hosts.docs",
            dns.hosts.docs.is_some(),
            "a host name in the zone",
        ),
        (
            "hosts.argocd",
            dns.hosts.argocd.is_some(),
            "a host name in the zone",
        ),
    ];
    for (name, given, expected) in needed {
        let key = format!("dns.{name}");
        if !given && !report.touches(&key) {
            let message = format!("`{name}` is missing: the provider `cloudflare` needs it");
            report.broken(&key, message, expected);
        }
    }
    let hosts = [("docs", &dns.hosts.docs), ("argocd", &dns.hosts.argocd)];
    let Some(zone) = &dns.zone else { return };
    for (name, host) in hosts {
        let inside = |host: &str| {
            host.strip_suffix(zone.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if let Some(host) = host.as_deref().filter(|host| !inside(host)) {
            let message = format!("{host} lies outside the zone {zone}");
            report.broken(
                &format!("dns.hosts.{name}"),
                message,
                &format!("a name that ends in .{zone}"),
            );
        }
    }
    if dns.hosts.docs.is_some() && dns.hosts.docs == dns.hosts.argocd {
        let message = "both hosts have the same name";
        report.broken("dns.hosts.argocd", message, "a name of its own");
    }
}

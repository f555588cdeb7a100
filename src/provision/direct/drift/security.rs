//! Security lists: which rule is missing, and which one too many. Their order does not matter, nor
//! what somebody wrote beside a rule.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::plan::Remedy;
use crate::oci::model::{
    EgressSecurityRule, IcmpOptions, IngressSecurityRule, PortRange, SecurityList, TcpOptions,
    UdpOptions,
};
use crate::provision::blueprint::{PUBLIC_SECURITY, Part};
use crate::provision::direct::rules::{self, ALL, ICMP, TCP, UDP};

use super::{Compared, Difference, Wanted};

/// What differs of a security list.
pub(in crate::provision::direct) fn security_list(
    wanted: &Wanted<'_>,
    part: &Part,
    found: &SecurityList,
) -> Vec<Difference> {
    let network = &wanted.engine.topology.network;
    let ingress = if part.key.0 == PUBLIC_SECURITY {
        rules::public(network)
    } else {
        rules::inside(network)
    };
    let egress = rules::outward();
    let mut compared = Compared::named(&found.display_name, &part.name);
    let told = |rules: &[IngressSecurityRule]| rules.iter().map(entering).collect();
    sets(
        &mut compared,
        "ingressSecurityRules",
        (told(&found.ingress_security_rules), told(&ingress)),
        json!(ingress),
    );
    let told = |rules: &[EgressSecurityRule]| rules.iter().map(leaving).collect();
    sets(
        &mut compared,
        "egressSecurityRules",
        (told(&found.egress_security_rules), told(&egress)),
        json!(egress),
    );
    compared.done()
}

/// Rules in words that hold all that matters of them, so that the words can be compared.
fn sets(
    compared: &mut Compared,
    field: &str,
    (found, wanted): (BTreeSet<String>, BTreeSet<String>),
    value: Value,
) {
    if found == wanted {
        return;
    }
    let list = |what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>| {
        let only: Vec<&str> = one.difference(other).map(String::as_str).collect();
        if only.is_empty() {
            format!("nothing {what}")
        } else {
            format!("{what}: {}", only.join("; "))
        }
    };
    let words = (
        list("too many", &found, &wanted),
        list("missing", &wanted, &found),
    );
    compared.add(field, words, Remedy::Change, value);
}

fn entering(rule: &IngressSecurityRule) -> String {
    let options = (rule.tcp_options, rule.udp_options, rule.icmp_options);
    let what = traffic(&rule.protocol, options);
    let stateless = if rule.is_stateless { ", stateless" } else { "" };
    format!(
        "{what} from {}{}{stateless}",
        kind(&rule.source_type),
        rule.source
    )
}

fn leaving(rule: &EgressSecurityRule) -> String {
    let options = (rule.tcp_options, rule.udp_options, rule.icmp_options);
    let what = traffic(&rule.protocol, options);
    let stateless = if rule.is_stateless { ", stateless" } else { "" };
    let end = kind(&rule.destination_type);
    format!("{what} to {end}{}{stateless}", rule.destination)
}

/// An end that is not an address range is told as what it is.
fn kind(end: &str) -> String {
    if end == "CIDR_BLOCK" {
        String::new()
    } else {
        format!("{end} ")
    }
}

fn traffic(
    protocol: &str,
    (tcp, udp, icmp): (Option<TcpOptions>, Option<UdpOptions>, Option<IcmpOptions>),
) -> String {
    let (tcp, udp) = (tcp.unwrap_or_default(), udp.unwrap_or_default());
    let destination = tcp.destination_port_range.or(udp.destination_port_range);
    let source = tcp.source_port_range.or(udp.source_port_range);
    let name = match protocol {
        ALL => "everything".to_owned(),
        TCP => "TCP".to_owned(),
        UDP => "UDP".to_owned(),
        ICMP => "ICMP".to_owned(),
        other => format!("protocol {other}"),
    };
    let destination = destination.map(|range| format!(" {}", ports(range)));
    let source = source.map(|range| format!(" from port {}", ports(range)));
    let icmp = icmp.map(|options| {
        let code = options.code.map(|code| format!("/{code}"));
        format!(" {}{}", options.kind, code.unwrap_or_default())
    });
    let parts = [destination, source, icmp].into_iter().flatten();
    parts.fold(name, |name, part| name + &part)
}

fn ports(range: PortRange) -> String {
    if range.min == range.max {
        range.min.to_string()
    } else {
        format!("{}-{}", range.min, range.max)
    }
}

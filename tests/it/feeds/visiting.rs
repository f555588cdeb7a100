//! Reaches a lab's hosts as its `cluster.toml` says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use k3scope::lab::Lab;
use k3scope::web::Visitor;

/// Where the lab's proxied names lead.
const CLOUDFLARE: [&str; 2] = ["198.51.100.21", "198.51.100.22"];

/// Who visits them. What stands at Cloudflare's addresses hands on to the ingress node.
pub(crate) fn visitor(lab: &Lab) -> Visitor {
    let text = std::fs::read_to_string(lab.cluster_toml()).unwrap();
    let configuration: toml::Table = text.parse().unwrap();
    let address = |value: &toml::Value| value.as_str().unwrap().parse::<SocketAddr>().unwrap();
    let table = configuration["dial"].as_table().unwrap();
    let mut dial: BTreeMap<String, SocketAddr> = table
        .iter()
        .map(|(called, instead)| (called.clone(), address(instead)))
        .collect();
    for edge in CLOUDFLARE {
        dial.insert(format!("{edge}:80"), dial["203.0.113.10:80"]);
    }
    let endpoints = &configuration["endpoints"];
    let authorities = endpoints["certificate_authority"].as_str().unwrap();
    Visitor::new(
        dial,
        Some(address(&endpoints["resolver"])),
        Some(authorities.into()),
    )
}

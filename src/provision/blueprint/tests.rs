//! The order and the names of a cluster's resources.

use std::collections::BTreeSet;

use super::*;
use crate::domain::topology::{ImageChoice, Network, Role};
use crate::domain::units::{Gigabytes, Ocpus};

fn node(name: &str, role: Role, subnet: Placement, private_ip: &str) -> Node {
    Node {
        name: name.to_owned(),
        role,
        subnet,
        ocpus: Ocpus(1),
        memory: Gigabytes(6),
        boot_volume: Gigabytes(50),
        private_ip: private_ip.parse().unwrap(),
    }
}

fn topology() -> Topology {
    Topology {
        cluster: "k3s".to_owned(),
        network: Network {
            vcn: "10.0.0.0/16".parse().unwrap(),
            public_subnet: "10.0.1.0/24".parse().unwrap(),
            private_subnet: "10.0.2.0/24".parse().unwrap(),
            ssh_from: vec![],
            nodeports_from: vec![],
            public_ip: crate::domain::topology::PublicAddress::default(),
        },
        nodes: vec![
            node("k3s-ingress", Role::Ingress, Placement::Public, "10.0.1.10"),
            node("k3s-server", Role::Server, Placement::Private, "10.0.2.10"),
            node("k3s-worker", Role::Worker, Placement::Private, "10.0.2.11"),
        ],
        image: ImageChoice {
            ocid: None,
            operating_system: "Canonical Ubuntu".to_owned(),
            version: "24.04".to_owned(),
        },
        availability_domain: None,
        ssh_public_key: "ssh-ed25519 AAAA".to_owned(),
        quota_guard: false,
    }
}

#[test]
fn each_part_stands_after_what_it_needs() {
    let mut seen = BTreeSet::new();
    for part in parts(&topology()) {
        for need in &part.needs {
            assert!(
                seen.contains(need),
                "{} needs {need}, which comes later",
                part.key
            );
        }
        assert!(seen.insert(part.key.clone()), "{} stands twice", part.key);
    }
    assert_eq!(seen.len(), 14);
}

fn needs(topology: &Topology, key: &str) -> Vec<String> {
    let parts = parts(topology);
    let part = parts.iter().find(|part| part.key.0 == key).unwrap();
    part.needs.iter().map(|need| need.0.clone()).collect()
}

#[test]
fn no_node_waits_for_another() {
    let topology = topology();
    for node in &topology.nodes {
        let subnet = match node.subnet {
            Placement::Public => PUBLIC_SUBNET,
            Placement::Private => PRIVATE_SUBNET,
        };
        assert_eq!(needs(&topology, &node.key()), [subnet]);
    }
    assert_eq!(needs(&topology, PRIVATE_ROUTES), [VCN]);
    assert_eq!(
        needs(&topology, DEFAULT_ROUTE),
        [PRIVATE_ROUTES, "node-k3s-ingress"]
    );
    assert!(needs(&topology, PUBLIC_IP).is_empty());
    assert_eq!(
        needs(&topology, PUBLIC_IP_ASSIGNMENT),
        [PUBLIC_IP, "node-k3s-ingress"]
    );
}

#[test]
fn an_ephemeral_address_and_a_guard_are_a_matter_of_the_configuration() {
    let keys = |topology: &Topology| -> BTreeSet<String> {
        parts(topology).into_iter().map(|part| part.key.0).collect()
    };
    let mut topology = topology();
    let reserved = keys(&topology);
    assert!(!has_ephemeral_address(&topology, &topology.nodes[0]));
    topology.network.public_ip = PublicAddress::Ephemeral;
    topology.quota_guard = true;
    let ephemeral = keys(&topology);
    let gone: Vec<&String> = reserved.difference(&ephemeral).collect();
    assert_eq!(gone, [PUBLIC_IP, PUBLIC_IP_ASSIGNMENT]);
    let new: Vec<&String> = ephemeral.difference(&reserved).collect();
    assert_eq!(new, [QUOTA_GUARD]);
    let public: Vec<bool> = topology
        .nodes
        .iter()
        .map(|node| has_ephemeral_address(&topology, node))
        .collect();
    assert_eq!(public, [true, false, false]);
}

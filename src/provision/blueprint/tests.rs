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
    assert_eq!(seen.len(), 11);
}

#[test]
fn private_nodes_wait_for_the_node_that_routes_for_them() {
    let parts = parts(&topology());
    let needs = |key: &str| {
        let part = parts.iter().find(|part| part.key.0 == key).unwrap();
        part.needs
            .iter()
            .map(|need| need.0.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(needs("node-k3s-worker"), ["private-subnet"]);
    assert_eq!(
        needs("private-subnet"),
        ["private-route-table", "private-security-list"]
    );
    assert_eq!(needs("private-route-table"), ["node-k3s-ingress"]);
    assert_eq!(needs("node-k3s-ingress"), ["public-subnet"]);
}

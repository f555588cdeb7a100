//! Recorded streams and saved plans of real programs, and plans made up for what those do not hold.

mod handed;
mod outside;
mod plans;
mod runs;
mod streams;
mod words;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::domain::allowance::AllowanceCheck;
use crate::domain::topology::{
    ImageChoice, Network, Node, Placement, PublicAddress, Role, Topology,
};
use crate::domain::units::{Gigabytes, Ocpus};
use crate::provision::estimates::Estimates;

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/terraform/samples"
    ))
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn heard(name: &str) -> Vec<Message> {
    let mut messages = Messages::default();
    let mut all = messages.push(&sample(name));
    all.extend(messages.end());
    all
}

/// All recorded streams.
fn streams() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.split('.').next_back() == Some("jsonl"))
        .collect();
    names.sort();
    assert!(names.len() >= 28, "{names:?}");
    names
}

pub(super) fn topology() -> Topology {
    let node = |name: &str, role, subnet, private_ip: &str| Node {
        name: name.to_owned(),
        role,
        subnet,
        ocpus: Ocpus(1),
        memory: Gigabytes(6),
        boot_volume: Gigabytes(50),
        private_ip: private_ip.parse().unwrap(),
    };
    Topology {
        cluster: "k3s".to_owned(),
        network: Network {
            vcn: "10.0.0.0/16".parse().unwrap(),
            public_subnet: "10.0.1.0/24".parse().unwrap(),
            private_subnet: "10.0.2.0/24".parse().unwrap(),
            ssh_from: vec![],
            nodeports_from: vec![],
            public_ip: PublicAddress::Ephemeral,
        },
        nodes: vec![
            node("k3s-ingress", Role::Ingress, Placement::Public, "10.0.1.10"),
            node("k3s-server", Role::Server, Placement::Private, "10.0.2.10"),
            node("k3s-worker", Role::Worker, Placement::Private, "10.0.2.20"),
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

fn reviewed(shown: &[u8], purpose: Purpose) -> Review {
    let topology = topology();
    let estimates = Estimates::default();
    let about = About {
        topology: &topology,
        purpose,
        region: "eu-frankfurt-1",
        allowance: AllowanceCheck::default(),
        estimates: &estimates,
    };
    review(shown, &about).unwrap()
}

/// A saved plan with these changes.
fn plan_of(changes: &[Value]) -> Vec<u8> {
    let plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": changes,
    });
    serde_json::to_vec(&plan).unwrap()
}

/// The plan that a stream announces.
fn announced(messages: &[Message]) -> Review {
    let mut purpose = Purpose::Apply;
    let mut changes = Vec::new();
    for message in messages {
        if let Said::Summary(summary) = &message.said
            && summary.add + summary.change == 0
            && summary.remove > 0
        {
            purpose = Purpose::Destroy;
        }
        let Said::Planned(change) = &message.said else {
            continue;
        };
        let actions = match change.action {
            Verb::Create => json!(["create"]),
            Verb::Update => json!(["update"]),
            Verb::Replace => json!(["delete", "create"]),
            Verb::Delete => json!(["delete"]),
            Verb::Noop | Verb::Read | Verb::Move | Verb::Import | Verb::Forget | Verb::Other => {
                continue;
            }
        };
        changes.push(json!({
            "address": change.resource.addr,
            "module_address": change.resource.module,
            "mode": "managed",
            "type": change.resource.kind,
            "name": change.resource.name,
            "index": change.resource.index,
            "change": { "actions": actions },
        }));
    }
    reviewed(&plan_of(&changes), purpose)
}

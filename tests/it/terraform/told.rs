//! Recorded plans and streams as the session's events, as if they had happened just now.

use std::fs;

use jiff::SignedDuration;
use k3scope::domain::allowance::AllowanceCheck;
use k3scope::domain::event::{Event, What};
use k3scope::domain::journey::Stage;
use k3scope::domain::topology::{
    ImageChoice, Network, Node, Placement, PublicAddress, Role, Topology,
};
use k3scope::domain::units::{Gigabytes, Ocpus};
use k3scope::provision::estimates::Estimates;
use k3scope::provision::terraform::{
    About, Ended, Message, Messages, Progress, Purpose, Review, review,
};

use crate::cockpit::world;

fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/terraform/samples");
    fs::read(format!("{folder}/{name}")).unwrap()
}

fn topology() -> Topology {
    let node = |name: &str, role, subnet, ocpus, private_ip: &str| Node {
        name: name.to_owned(),
        role,
        subnet,
        ocpus: Ocpus(ocpus),
        memory: Gigabytes(6 * ocpus),
        boot_volume: Gigabytes(50),
        private_ip: private_ip.parse().unwrap(),
    };
    let (public, private) = (Placement::Public, Placement::Private);
    Topology {
        cluster: "k3s-frankfurt".to_owned(),
        network: Network {
            vcn: "10.0.0.0/16".parse().unwrap(),
            public_subnet: "10.0.1.0/24".parse().unwrap(),
            private_subnet: "10.0.2.0/24".parse().unwrap(),
            ssh_from: vec![],
            nodeports_from: vec![],
            public_ip: PublicAddress::Ephemeral,
        },
        nodes: vec![
            node("k3s-ingress", Role::Ingress, public, 1, "10.0.1.10"),
            node("k3s-server", Role::Server, private, 2, "10.0.2.10"),
            node("k3s-worker", Role::Worker, private, 1, "10.0.2.20"),
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

fn reviewed(name: &str, purpose: Purpose) -> Review {
    let about = About {
        topology: &topology(),
        purpose,
        region: "eu-frankfurt-1",
        allowance: AllowanceCheck::default(),
        estimates: &Estimates::default(),
    };
    review(&sample(name), &about).unwrap()
}

fn at_provision() -> Vec<Event> {
    let stage = Stage::Provision;
    vec![Event {
        at: world::now(),
        what: What::Stage { stage },
    }]
}

/// The saved plan, waiting for an answer.
pub(super) fn planned(name: &str) -> Vec<Event> {
    let mut events = at_provision();
    events.push(Event {
        at: world::now(),
        what: What::Planned(Box::new(reviewed(name, Purpose::Apply).plan)),
    });
    events
}

/// A run of the plan that makes the whole cluster, up to the first message that `until` finds or to
/// its end.
pub(super) fn run(
    stream: &str,
    until: impl Fn(&Message) -> bool,
    ended: Option<Ended>,
) -> Vec<Event> {
    let review = reviewed("oci-show-plan-create.json", Purpose::Apply);
    let mut messages = Messages::default().push(&sample(stream));
    if let Some(last) = messages.iter().position(until) {
        messages.truncate(last + 1);
    }
    let first = messages[0].at.unwrap();
    let (mut progress, mut run) = Progress::begin("20261122-140140".into(), &review, first);
    for message in &messages {
        run.extend(progress.on(message));
    }
    if let Some(ended) = ended {
        run.extend(progress.finish(ended, "", first));
    }
    let last = run.last().unwrap().at;
    let ends = world::now() - SignedDuration::from_secs(4);
    for event in &mut run {
        event.at += ends.duration_since(last);
    }
    let mut events = at_provision();
    events.extend(run);
    events
}

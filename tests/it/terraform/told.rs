//! Recorded plans and streams as the session's events, as if they had happened just now.

use std::fs;

use jiff::SignedDuration;
use k3scope::domain::allowance::AllowanceCheck;
use k3scope::domain::event::{Event, What};
use k3scope::domain::journey::Stage;
use k3scope::domain::planning::Planning;
use k3scope::domain::topology::{
    ImageChoice, Network, Node, Placement, PublicAddress, Role, Topology,
};
use k3scope::domain::units::{Gigabytes, Ocpus};
use k3scope::provision::estimates::Estimates;
use k3scope::provision::terraform::{
    About, Ended, Hearing, Message, Messages, Progress, Purpose, Review, review,
};

use serde_json::{Value, json};

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
    read(&sample(name), purpose)
}

fn read(shown: &[u8], purpose: Purpose) -> Review {
    let about = About {
        topology: &topology(),
        purpose,
        region: "eu-frankfurt-1",
        allowance: AllowanceCheck::default(),
        estimates: &Estimates::default(),
    };
    review(shown, &about).unwrap()
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

/// A saved plan that changes nothing, of a cluster in which something was changed outside: what is
/// set once and ignored since, what nothing asks for, and what only the state knows.
pub(super) fn left() -> Vec<Event> {
    let mut shown: Value = serde_json::from_slice(&sample("oci-show-plan-drift.json")).unwrap();
    let worker = "oci_core_instance.node[\"worker\"]";
    let all = shown["resource_changes"].as_array_mut().unwrap();
    all.retain(|it| it["address"] != worker);
    for change in &mut *all {
        change["change"]["actions"] = json!(["no-op"]);
    }
    let named = |address: &str| {
        all.iter()
            .find(|it| it["address"] == address)
            .unwrap()
            .clone()
    };
    let mut server = named("oci_core_instance.node[\"server\"]");
    server["change"]["actions"] = json!(["update"]);
    server["change"]["after"] = server["change"]["before"].clone();
    server["change"]["after"]["state"] = json!("STOPPED");
    server["change"]["after"]["fault_domain"] = json!("FAULT-DOMAIN-3");
    server["change"]["after"]["metadata"]["user_data"] = json!("another");
    let mut gateway = named("oci_core_internet_gateway.igw");
    gateway["change"]["actions"] = json!(["update"]);
    gateway["change"]["before"]["display_name"] = json!("k3s-igw");
    gateway["change"]["after"]["display_name"] = json!("gateway");
    shown["resource_drift"] = json!([server, gateway]);
    shown["applyable"] = json!(false);
    let review = read(&serde_json::to_vec(&shown).unwrap(), Purpose::Apply);
    let mut events = at_provision();
    events.push(Event {
        at: world::now(),
        what: What::Planned(Box::new(review.plan)),
    });
    events
}

/// A plan that is being made, as far as `reads` words of it.
pub(super) fn planning(reads: usize) -> Vec<Event> {
    let address = "oci_core_instance.node[\"k3s-server\"]";
    let refreshing = |done| Planning::Refreshing {
        done,
        of: Some(11),
        address: address.into(),
    };
    let mut events = at_provision();
    let words = std::iter::once(Planning::Looking).chain((0..reads).rev().map(refreshing));
    events.extend(words.map(|now| Event {
        at: world::now(),
        what: What::Planning { now: Some(now) },
    }));
    events
}

/// No plan, because the provider cannot be fetched.
pub(super) fn unreachable() -> Vec<Event> {
    let mut hearing = Hearing::default();
    for message in Messages::default().push(&sample("init-failed-registry-unreachable.jsonl")) {
        hearing.on(&message);
    }
    let problem = hearing.problem("initialise tf-k3s/", Ended::Failed(1), "");
    let mut events = at_provision();
    events.push(Event {
        at: world::now(),
        what: What::Problem(problem.unwrap()),
    });
    events
}

//! A plan and runs of it, as events with their times.

use jiff::{SignedDuration, Timestamp};
use k3scope::domain::allowance::{Allowance, AllowanceCheck, Usage};
use k3scope::domain::event::{Event, What};
use k3scope::domain::journey::Stage;
use k3scope::domain::plan::{Action, Counts, Operation, Plan, ResourceKey, ResourceKind, Step};
use k3scope::domain::problem::Problem;
use k3scope::domain::provision::{Outcome, ProvisionEvent};
use k3scope::domain::units::{Gigabytes, Ocpus};

use crate::cockpit::world;

/// What was learnt so many seconds ago.
pub(super) fn ago(seconds: i64, what: What) -> Event {
    Event {
        at: before(seconds),
        what,
    }
}

pub(super) fn before(seconds: i64) -> Timestamp {
    world::now()
        .checked_sub(SignedDuration::from_secs(seconds))
        .unwrap()
}

pub(super) fn stage(stage: Stage) -> Event {
    ago(600, What::Stage { stage })
}

const STEPS: &[(&str, ResourceKind, &[&str], &str)] = &[
    ("vcn", ResourceKind::Vcn, &[], "10.0.0.0/16"),
    (
        "internet-gateway",
        ResourceKind::InternetGateway,
        &["vcn"],
        "",
    ),
    (
        "public-security-list",
        ResourceKind::SecurityList,
        &["vcn"],
        "80 and 443 from anywhere, SSH from ssh_from",
    ),
    (
        "private-security-list",
        ResourceKind::SecurityList,
        &["vcn"],
        "only from inside the VCN",
    ),
    (
        "public-route-table",
        ResourceKind::RouteTable,
        &["internet-gateway"],
        "to the internet gateway",
    ),
    (
        "public-subnet",
        ResourceKind::Subnet,
        &["public-route-table", "public-security-list"],
        "10.0.1.0/24",
    ),
    (
        "node-k3s-ingress",
        ResourceKind::Instance,
        &["public-subnet"],
        "A1 1 OCPU, 6 GB, 50 GB boot, 10.0.1.10",
    ),
    (
        "private-route-table",
        ResourceKind::RouteTable,
        &["node-k3s-ingress"],
        "to the ingress node's private address",
    ),
    (
        "private-subnet",
        ResourceKind::Subnet,
        &["private-route-table", "private-security-list"],
        "10.0.2.0/24",
    ),
    (
        "node-k3s-server",
        ResourceKind::Instance,
        &["private-subnet"],
        "A1 2 OCPU, 12 GB, 50 GB boot, 10.0.2.10",
    ),
    (
        "node-k3s-worker",
        ResourceKind::Instance,
        &["private-subnet"],
        "A1 1 OCPU, 6 GB, 50 GB boot, 10.0.2.11",
    ),
];

fn usage(ocpus: u32, memory: u32, boot_volumes: u32) -> Usage {
    Usage {
        ocpus: Ocpus(ocpus),
        memory: Gigabytes(memory),
        boot_volumes: Gigabytes(boot_volumes),
    }
}

/// The reference layout of which the first `kept` resources are there already.
pub(super) fn plan(kept: usize, allowance: Allowance) -> Plan {
    let step =
        |(at, (key, kind, needs, summary)): (usize, &(&str, ResourceKind, &[&str], &str))| {
            let name = key.strip_prefix("node-");
            Step {
                key: ResourceKey::new(*key),
                kind: *kind,
                name: name.map_or_else(|| format!("k3s-frankfurt-{key}"), ToOwned::to_owned),
                action: if at < kept {
                    Action::Keep
                } else {
                    Action::Create
                },
                id: (at < kept).then(|| format!("ocid1.{key}.oc1.eu-frankfurt-1.aaaa")),
                needs: needs.iter().copied().map(ResourceKey::new).collect(),
                summary: (*summary).to_owned(),
                drift: Vec::new(),
                estimate: None,
            }
        };
    let added = if kept == STEPS.len() {
        Usage::default()
    } else {
        usage(4, 24, 150)
    };
    Plan {
        cluster: "k3s-frankfurt".into(),
        operation: Operation::Apply,
        region: "eu-frankfurt-1".into(),
        steps: STEPS.iter().enumerate().map(step).collect(),
        allowance: AllowanceCheck {
            allowance,
            used: Usage::default(),
            added,
            available: Some(usage(4, 24, 200)),
            ..AllowanceCheck::default()
        },
        image: None,
        spared: Vec::new(),
        records: Vec::new(),
        note: None,
    }
}

pub(super) fn key(name: &str) -> ResourceKey {
    ResourceKey::new(name)
}

pub(super) fn refused() -> Problem {
    Problem {
        title: "k3s-worker could not be made: out of host capacity".into(),
        detail: "500 InternalError: Out of host capacity.\nOracle has no free Ampere A1 machine in this availability domain at the moment.".into(),
        next: "Try again later, or in another availability domain".into(),
        request_id: Some("7F3A2B9C1D4E/5A6B7C8D9E0F".into()),
    }
}

pub(super) fn told(seconds: i64, event: ProvisionEvent) -> Event {
    ago(seconds, What::Provision(event))
}

/// A run in which the first `done` steps are finished.
fn begun(done: usize) -> Vec<Event> {
    let plan = plan(0, Allowance::ALWAYS_FREE);
    let mut events = vec![
        stage(Stage::Provision),
        ago(200, What::Planned(Box::new(plan.clone()))),
        told(
            140,
            ProvisionEvent::Started {
                run: "20261122-140100".into(),
                plan,
            },
        ),
    ];
    for ((name, ..), at) in STEPS.iter().take(done).zip(0_i64..) {
        let (key, id) = (key(name), format!("ocid1.{name}.oc1..aaaa"));
        let start = 139 - at * 8;
        events.push(told(
            start,
            ProvisionEvent::StepStarted { key: key.clone() },
        ));
        events.push(told(start - 7, ProvisionEvent::StepFinished { key, id }));
    }
    events
}

pub(super) fn unplanned() -> Vec<Event> {
    vec![stage(Stage::Provision)]
}

pub(super) fn planned(plan: Plan) -> Vec<Event> {
    vec![
        stage(Stage::Provision),
        ago(20, What::Planned(Box::new(plan))),
    ]
}

/// The ingress node is there, the server is on its way, the worker was refused for now.
pub(super) fn running() -> Vec<Event> {
    let mut events = begun(9);
    events.extend([
        told(
            62,
            ProvisionEvent::StepStarted {
                key: key("node-k3s-server"),
            },
        ),
        told(
            60,
            ProvisionEvent::StepWaiting {
                key: key("node-k3s-server"),
                id: "ocid1.instance.oc1..bbbb".into(),
                state: "PROVISIONING".into(),
            },
        ),
        told(
            61,
            ProvisionEvent::StepStarted {
                key: key("node-k3s-worker"),
            },
        ),
        told(
            18,
            ProvisionEvent::StepRetrying {
                key: key("node-k3s-worker"),
                reason: "500 InternalError: Out of host capacity.".into(),
                in_seconds: 60,
            },
        ),
    ]);
    events
}

/// The first subnet is being made, the nodes wait for it.
pub(super) fn early() -> Vec<Event> {
    let mut events = begun(5);
    events.push(told(
        3,
        ProvisionEvent::StepStarted {
            key: key("public-subnet"),
        },
    ));
    events
}

pub(super) fn failed() -> Vec<Event> {
    let mut events = running();
    events.extend([
        told(
            9,
            ProvisionEvent::StepFinished {
                key: key("node-k3s-server"),
                id: "ocid1.instance.oc1..bbbb".into(),
            },
        ),
        told(
            5,
            ProvisionEvent::StepFailed {
                key: key("node-k3s-worker"),
                problem: refused(),
            },
        ),
        told(4, finished(Outcome::Failed, 10)),
    ]);
    events
}

pub(super) fn done() -> Vec<Event> {
    let mut events = begun(STEPS.len());
    events.push(told(4, finished(Outcome::Done, STEPS.len())));
    events
}

pub(super) fn interrupted() -> Vec<Event> {
    let mut events = begun(5);
    events.push(told(30, finished(Outcome::Interrupted, 5)));
    events
}

fn finished(outcome: Outcome, create: usize) -> ProvisionEvent {
    ProvisionEvent::Finished {
        outcome,
        done: Counts {
            create,
            ..Counts::default()
        },
        undone: Vec::new(),
    }
}

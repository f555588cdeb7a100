//! Plans of a cluster that is not as its configuration says, runs that mend it, and one that takes it
//! away, as events.

use k3scope::domain::allowance::{Allowance, Usage};
use k3scope::domain::event::{Event, What};
use k3scope::domain::plan::{
    Action, Counts, Drift, Operation, Plan, Remedy, ResourceKey, ResourceKind, Spared, Step,
};
use k3scope::domain::provision::{Outcome, ProvisionEvent};

use super::steps::{self, ago, key, told};

fn differs(field: &str, found: &str, wanted: &str, remedy: Remedy) -> Drift {
    Drift {
        field: field.to_owned(),
        found: found.to_owned(),
        wanted: wanted.to_owned(),
        remedy,
    }
}

fn step<'a>(plan: &'a mut Plan, name: &str) -> &'a mut Step {
    let wanted = key(name);
    plan.steps.iter_mut().find(|it| it.key == wanted).unwrap()
}

/// All is there; a rule and a size can be changed back, the server's shape cannot.
pub(super) fn plan() -> Plan {
    let mut plan = steps::plan(11, Allowance::PAYG_2025);
    plan.allowance.added = Usage::default();
    let list = step(&mut plan, "public-security-list");
    list.action = Action::Update;
    list.drift = vec![differs(
        "ingressSecurityRules",
        "tcp 22 from 0.0.0.0/0; tcp 80, 443 from 0.0.0.0/0",
        "tcp 80, 443 from 0.0.0.0/0; tcp 22 from 198.51.100.7/32; icmp 3/4 from 0.0.0.0/0; all from 10.0.0.0/16",
        Remedy::Change,
    )];
    let worker = step(&mut plan, "node-k3s-worker");
    worker.action = Action::Update;
    worker.drift = vec![
        differs("shapeConfig.ocpus", "2", "1", Remedy::Restart),
        differs("displayName", "worker-old", "k3s-worker", Remedy::Change),
    ];
    let server = step(&mut plan, "node-k3s-server");
    server.drift = vec![differs(
        "shape",
        "VM.Standard.E2.1.Micro",
        "VM.Standard.A1.Flex",
        Remedy::Replace,
    )];
    plan
}

pub(super) fn planned() -> Vec<Event> {
    steps::planned(plan())
}

/// The private subnet as well can only be replaced, and with it what stands in it.
pub(super) fn two_to_replace() -> Vec<Event> {
    let mut plan = plan();
    let subnet = step(&mut plan, "private-subnet");
    subnet.drift = vec![differs(
        "cidrBlock",
        "10.0.3.0/24",
        "10.0.2.0/24",
        Remedy::Replace,
    )];
    steps::planned(plan)
}

/// The plan to which the server's replacement was agreed.
fn agreed() -> Plan {
    let mut plan = plan();
    let server = step(&mut plan, "node-k3s-server");
    let drift = std::mem::take(&mut server.drift);
    let old = Step {
        key: key("replaced-node-k3s-server"),
        action: Action::Delete,
        needs: Vec::new(),
        drift: drift.clone(),
        estimate: Some(45),
        ..server.clone()
    };
    server.action = Action::Create;
    server.id = None;
    server.drift = drift;
    server.estimate = Some(90);
    server.needs.push(old.key.clone());
    let at = plan
        .steps
        .iter()
        .position(|it| it.key.0 == "node-k3s-server");
    plan.steps.insert(at.unwrap(), old);
    plan
}

fn started(plan: Plan) -> Vec<Event> {
    let mut events = steps::planned(plan.clone());
    events.push(told(
        100,
        ProvisionEvent::Started {
            run: "20261122-140140".into(),
            plan,
        },
    ));
    events
}

fn finish(events: &mut Vec<Event>, name: &str, from: i64, to: i64) {
    events.push(told(from, ProvisionEvent::StepStarted { key: key(name) }));
    events.push(told(
        to,
        ProvisionEvent::StepFinished {
            key: key(name),
            id: format!("ocid1.{name}"),
        },
    ));
}

/// The old server goes, the rule is changed back.
pub(super) fn replacing() -> Vec<Event> {
    let plan = agreed();
    let kept: Vec<ResourceKey> = (plan.steps.iter())
        .filter(|step| step.action == Action::Keep)
        .map(|step| step.key.clone())
        .collect();
    let mut events = started(plan);
    for key in kept {
        finish(&mut events, &key.0, 99, 99);
    }
    finish(&mut events, "public-security-list", 98, 95);
    events.push(told(
        20,
        ProvisionEvent::StepStarted {
            key: key("replaced-node-k3s-server"),
        },
    ));
    events.push(told(
        19,
        ProvisionEvent::StepWaiting {
            key: key("replaced-node-k3s-server"),
            id: "ocid1.instance.oc1..bbbb".into(),
            state: "TERMINATING".into(),
        },
    ));
    events
}

/// The same, stopped before the old one was gone.
pub(super) fn replacing_stopped() -> Vec<Event> {
    let mut events = replacing();
    events.push(told(2, ended(Outcome::Interrupted, Counts::default())));
    events
}

/// The same, stopped after it was gone.
pub(super) fn replaced_by_nothing() -> Vec<Event> {
    let mut events = replacing();
    finish(&mut events, "replaced-node-k3s-server", 20, 4);
    events.push(told(2, ended(Outcome::Interrupted, Counts::default())));
    events
}

fn ended(outcome: Outcome, done: Counts) -> ProvisionEvent {
    ProvisionEvent::Finished {
        outcome,
        done,
        undone: Vec::new(),
    }
}

/// The cluster is taken away: nodes are gone, the network goes.
pub(super) fn destroying() -> Vec<Event> {
    let mut plan = steps::plan(11, Allowance::PAYG_2025);
    plan.operation = Operation::Destroy;
    plan.steps.reverse();
    let needs: Vec<(ResourceKey, Vec<ResourceKey>)> = (plan.steps.iter())
        .map(|step| (step.key.clone(), step.needs.clone()))
        .collect();
    for step in &mut plan.steps {
        step.action = Action::Delete;
        let who_needs_it = needs.iter().filter(|(_, needs)| needs.contains(&step.key));
        step.needs = who_needs_it.map(|(key, _)| key.clone()).collect();
        step.estimate = (step.kind == ResourceKind::Instance).then_some(45);
    }
    plan.spared = vec![Spared {
        what: "vault k3s-frankfurt".into(),
        id: None,
        why: "is deleted by OCI on 2026-12-22; until then it can be had back in the console".into(),
    }];
    let mut events = started(plan);
    for (name, from, to) in [
        ("node-k3s-worker", 99, 50),
        ("node-k3s-server", 99, 48),
        ("private-subnet", 48, 46),
        ("private-route-table", 46, 44),
    ] {
        finish(&mut events, name, from, to);
    }
    events.push(told(
        44,
        ProvisionEvent::StepStarted {
            key: key("node-k3s-ingress"),
        },
    ));
    events.push(told(
        43,
        ProvisionEvent::StepWaiting {
            key: key("node-k3s-ingress"),
            id: "ocid1.instance.oc1..aaaa".into(),
            state: "TERMINATING".into(),
        },
    ));
    events
}

pub(super) fn destroyed() -> Vec<Event> {
    let mut events = destroying();
    for name in [
        "node-k3s-ingress",
        "public-subnet",
        "public-route-table",
        "private-security-list",
        "public-security-list",
        "internet-gateway",
        "vcn",
    ] {
        finish(&mut events, name, 40, 12);
    }
    let done = Counts {
        delete: 11,
        ..Counts::default()
    };
    events.push(told(11, ended(Outcome::Done, done)));
    events
}

/// The plan with what each step took in earlier runs; `known` says of which.
pub(super) fn estimated(mut plan: Plan, known: impl Fn(&Step) -> bool) -> Plan {
    for step in plan.steps.iter_mut().filter(|step| known(step)) {
        step.estimate = Some(if step.kind == ResourceKind::Instance {
            80
        } else if step.kind == ResourceKind::Subnet {
            4
        } else {
            3
        });
    }
    plan
}

/// What was learnt, with the plan of a run exchanged.
pub(super) fn with_estimates(
    events: Vec<Event>,
    known: impl Fn(&Step) -> bool + Copy,
) -> Vec<Event> {
    let exchange = |mut event: Event| {
        if let What::Provision(ProvisionEvent::Started { plan, .. }) = &mut event.what {
            *plan = estimated(plan.clone(), known);
        } else if let What::Planned(plan) = &mut event.what {
            **plan = estimated((**plan).clone(), known);
        }
        event
    };
    events.into_iter().map(exchange).collect()
}

/// Names as long as anybody's, in a plan with drift.
pub(super) fn long_names() -> Vec<Event> {
    let mut plan = plan();
    plan.cluster = format!("production-{}", "very-long-".repeat(6));
    for step in &mut plan.steps {
        step.name = format!("{}-{}", plan.cluster, step.name);
        for drift in &mut step.drift {
            drift.found = format!("{} {}", drift.found, "x".repeat(200));
        }
    }
    vec![
        steps::stage(k3scope::domain::journey::Stage::Provision),
        ago(20, What::Planned(Box::new(plan))),
    ]
}

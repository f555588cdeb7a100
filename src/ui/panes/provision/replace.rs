//! Agreeing to a replacement: which step is meant, what goes with it, and what is lost.

use super::steps::Steps;
use crate::domain::journey::Begin;
use crate::domain::plan::{Plan, Remedy, ResourceKey, ResourceKind, Step};
use crate::domain::topology::Role;
use crate::domain::tree::name;
use crate::effect::{Confirmation, Effect};
use crate::store::Store;
use crate::store::run::{Progress, Run};

/// The step that is meant: the selected one if only a replacement would restore it, else the only
/// one of which that is so.
pub(super) fn meant<'a>(plan: &'a Plan, selected: Option<&Step>) -> Option<&'a Step> {
    let mut unrestored = plan.unrestored();
    let first = unrestored.next()?;
    let of_selected = |step: &&Step| selected.is_some_and(|selected| selected.key == step.key);
    plan.unrestored()
        .find(of_selected)
        .or_else(|| unrestored.next().is_none().then_some(first))
}

/// What is replaced with `step`: itself, and all that stands in it and so cannot outlive it.
pub(super) fn goes_with<'a>(plan: &'a Plan, step: &Step) -> Vec<&'a Step> {
    let mut going: Vec<&Step> = Vec::new();
    for each in &plan.steps {
        let stands_in = |key: &ResourceKey| going.iter().any(|it| it.key == *key);
        let follows = each.needs.iter().any(stands_in) && stands(each.kind);
        if each.key == step.key || (follows && each.id.is_some()) {
            going.push(each);
        }
    }
    going
}

/// Whether it is a thing of its own, and not a setting of another, which is only set anew.
fn stands(kind: ResourceKind) -> bool {
    match kind {
        ResourceKind::Vcn
        | ResourceKind::InternetGateway
        | ResourceKind::RouteTable
        | ResourceKind::SecurityList
        | ResourceKind::Subnet
        | ResourceKind::Instance => true,
        ResourceKind::PublicIp
        | ResourceKind::PublicIpAssignment
        | ResourceKind::DefaultRoute
        | ResourceKind::Quota
        | ResourceKind::Other => false,
    }
}

/// Replacements of a run that were agreed to and whose old one is not gone yet: a run that goes on
/// needs to be told of them again. Where the old one is gone, making the new one is no replacement.
pub(super) fn agreed(run: &Run) -> Vec<ResourceKey> {
    let steps = Steps {
        plan: &run.plan,
        run: Some(run),
    };
    let mut keys = Vec::new();
    for (at, step) in run.plan.steps.iter().enumerate() {
        let old = steps.old(at).and_then(|old| run.steps.get(old));
        if old.is_some_and(|old| old.progress != Progress::Finished) {
            keys.push(step.key.clone());
        }
    }
    keys
}

/// The question, which wants the name of what is replaced.
pub(super) fn question(plan: &Plan, step: &Step, store: &Store) -> Confirmation {
    let going = goes_with(plan, step);
    let also: Vec<&str> = (going.iter())
        .filter(|each| each.key != step.key)
        .map(|each| name(each))
        .collect();
    let differs: Vec<String> = (step.drift.iter())
        .filter(|drift| drift.remedy == Remedy::Replace)
        .map(|it| format!("{}: {} instead of {}", it.field, it.found, it.wanted))
        .collect();
    let mut says = vec![
        ("What", format!("{} is removed and made anew", name(step))),
        (
            "Where",
            format!("{}, cluster {}", plan.region, plan.cluster),
        ),
        ("Because", differs.join("\n")),
        ("With it", also.join(", ")),
        ("Lost", lost(&going, store)),
    ];
    if plan.allowance.costs_more() {
        says.push(("Price", plan.allowance.price().to_string()));
    }
    Confirmation {
        title: format!("Replace {}", name(step)),
        says: (says.into_iter())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        undo: "cannot be undone: what is lost is lost. What is in Git comes back by itself"
            .to_owned(),
        typed: Some(name(step).to_owned()),
        yes: "replace it".to_owned(),
        then: vec![Effect::Begin(Begin::Apply {
            allow_paid: plan.allowance.costs_more(),
            replace: going.iter().map(|each| each.key.clone()).collect(),
        })],
    }
}

/// What is lost with nodes that are replaced.
fn lost(going: &[&Step], store: &Store) -> String {
    let nodes: Vec<&&Step> = (going.iter())
        .filter(|step| step.kind == ResourceKind::Instance)
        .collect();
    if nodes.is_empty() {
        return String::new();
    }
    let holds = |wanted: bool| {
        nodes
            .iter()
            .any(|node| is_server(node, store) == Some(wanted))
    };
    if holds(true) {
        "the cluster's datastore: every object in Kubernetes, all Secrets and certificates. All \
         nodes join a new cluster"
            .to_owned()
    } else if nodes
        .iter()
        .all(|node| is_server(node, store) == Some(false))
    {
        "what lies on its boot volume; its pods start elsewhere, or wait for it".to_owned()
    } else {
        "what lies on its boot volume; on the node that runs the server this is the cluster's \
         datastore: every object in Kubernetes"
            .to_owned()
    }
}

/// Whether a node is the server, as far as it is known: from the bootstrap that followed it, or else
/// from what the plan says of it, or from a name that says so.
fn is_server(step: &Step, store: &Store) -> Option<bool> {
    let followed = store.bootstrap.as_ref().map(|it| it.nodes.iter());
    let known = followed.and_then(|mut nodes| nodes.find(|it| *it.node.name == step.name));
    match known {
        Some(known) => Some(known.node.role == Role::Server),
        None => {
            (step.summary.contains("datastore") || step.name.contains("server")).then_some(true)
        }
    }
}

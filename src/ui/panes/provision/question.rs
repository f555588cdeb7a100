//! The question before a plan is carried out that costs money, and its amounts in words.

use super::steps::{Deed, Steps};
use crate::domain::allowance::AllowanceCheck;
use crate::domain::journey::Begin;
use crate::domain::plan::Plan;
use crate::domain::tree::successor;
use crate::effect::{Confirmation, Effect};

/// Of how many of each kind something is done: `1 VCN, 2 subnets, 3 instances`.
pub(super) fn counted(plan: &Plan, deed: Deed) -> String {
    let steps = Steps { plan, run: None };
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        if steps.deed(at) != Some(deed) || successor(plan, step).is_some() {
            continue;
        }
        let kind = step.kind.to_string();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let words: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} {kind}{}", if count == 1 { "" } else { "s" }))
        .collect();
    words.join(", ")
}

/// What would fit instead, where something does.
pub(super) fn fits(check: &AllowanceCheck) -> String {
    format!("{}, for nothing", check.fit())
}

/// Asks for the cluster's name before anything is made that costs money.
pub(super) fn paid(plan: &Plan) -> Confirmation {
    let check = &plan.allowance;
    let price = check.price();
    let says = [
        ("What", counted(plan, Deed::Make)),
        (
            "Where",
            format!("{}, cluster {}", plan.region, plan.cluster),
        ),
        ("Over", check.over().join(", ")),
        ("Others use", check.others().join(", ")),
        ("Price", format!("{price} ({})", check.allowance.basis())),
        ("Fits", fits(check)),
    ];
    Confirmation {
        title: format!("This costs {price}"),
        says: (says.into_iter())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        undo: "`k3scope destroy` removes all that bears the cluster's tag; the hours until then are charged"
            .to_owned(),
        typed: Some(plan.cluster.clone()),
        yes: "make it, and pay for it".to_owned(),
        then: vec![Effect::Begin(Begin::Apply { allow_paid: true, replace: Vec::new() })],
    }
}

//! The question before a plan is carried out that costs money, and its amounts in words.

use crate::domain::allowance::AllowanceCheck;
use crate::domain::journey::Begin;
use crate::domain::plan::{Action, Plan};
use crate::effect::{Confirmation, Effect};

/// What is made, how many of each kind: `1 VCN, 2 subnets, 3 instances`.
pub(super) fn made(plan: &Plan) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Create)
    {
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

/// What is used of what is free.
pub(super) fn used(check: &AllowanceCheck) -> String {
    let (total, free) = (check.total(), check.allowance);
    format!(
        "{} of {} · {} of {} · boot {} of {}",
        total.ocpus.0,
        free.ocpus(),
        total.memory.0,
        free.memory(),
        total.boot_volumes.0,
        free.boot_volumes,
    )
}

pub(super) fn paid(plan: &Plan) -> Confirmation {
    let price = plan.allowance.price();
    let says = [
        ("What", made(plan)),
        (
            "Where",
            format!("{}, cluster {}", plan.region, plan.cluster),
        ),
        ("Uses", format!("{} that are free", used(&plan.allowance))),
        (
            "Price",
            format!("{price} for what goes beyond, in a month of 744 hours"),
        ),
    ];
    Confirmation {
        title: format!("This costs {price}"),
        says: says
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        undo: "`k3scope destroy` removes all that bears the cluster's tag; the hours until then are charged"
            .to_owned(),
        yes: "make it, and pay for it".to_owned(),
        then: vec![Effect::Begin(Begin::Apply { allow_paid: true })],
    }
}

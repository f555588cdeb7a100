//! A plan in words.

use crate::cli::{Failure, output};
use crate::domain::allowance::AllowanceCheck;
use crate::domain::plan::{Operation, Plan, Spared};
use crate::domain::tree::name;
use crate::domain::units::CentsPerMonth;
use crate::provision::Planned;

use super::steps;

/// The plan as a person reads it: what stays whatever happens, what happens to each resource, what
/// only a replacement would put right, and what it uses of what is free.
pub(in crate::cli) fn plan_text(plan: &Plan) -> String {
    let mut lines = vec![format!(
        "{} in {}: {}",
        plan.cluster,
        plan.region,
        summary(plan)
    )];
    if !plan.spared.is_empty() {
        lines.push("  what stays:".to_owned());
        lines.extend(plan.spared.iter().map(spared));
    }
    lines.extend(steps::lines(plan));
    if plan.operation == Operation::Apply {
        lines.extend(unrestored(plan));
        lines.extend(records(plan));
        lines.extend(plan.note.iter().map(|note| format!("  ▲ {note}")));
        lines.extend(plan.image.iter().map(|image| format!("  image {image}")));
        lines.extend(allowance(&plan.allowance));
    }
    lines.join("\n") + "\n"
}

/// Says on standard error that another engine was at work here, where it was.
pub(in crate::cli) fn other_engine(planned: &Planned) -> Result<(), Failure> {
    match &planned.other_engine {
        Some(note) => output::error_text(&format!("note: {note}\n")),
        None => Ok(()),
    }
}

fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    if plan.operation == Operation::Destroy {
        return match counts.delete {
            0 => "nothing bears its tag".to_owned(),
            count => format!("{count} to delete"),
        };
    }
    let unrestored = plan.unrestored().count();
    let left = plan.left().count();
    if plan.is_empty() && unrestored + left == 0 {
        return match plan.records.len() {
            0 => "everything is there".to_owned(),
            count => format!("everything is there, {count} only to be written down"),
        };
    }
    // What is deleted in an apply makes room for one that is created.
    let told = [
        (counts.create.saturating_sub(counts.delete), "to create"),
        (counts.import, "to take over"),
        (counts.update, "to change"),
        (counts.delete, "to replace"),
        (unrestored, "to put right only by replacing"),
        (left, "left as it is"),
        (
            counts.keep.saturating_sub(unrestored + left),
            "there already",
        ),
    ];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    told.join(", ")
}

fn spared(spared: &Spared) -> String {
    let id = spared.id.as_ref().map(|id| format!(" {id}"));
    format!(
        "  · {}{}: {}",
        spared.what,
        id.unwrap_or_default(),
        spared.why
    )
}

/// How what is not put right would be.
fn unrestored(plan: &Plan) -> Vec<String> {
    let lines = plan.unrestored().map(|step| {
        let name = name(step);
        format!("  ! {name} stays as it is until its replacement is agreed to")
    });
    lines.collect()
}

/// What changes nothing in the cloud.
fn records(plan: &Plan) -> Vec<String> {
    if plan.records.is_empty() {
        return Vec::new();
    }
    let heading = "  only written into Terraform's state; nothing in the cloud changes for it:";
    let lines = plan.records.iter().map(|record| format!("  · {record}"));
    std::iter::once(heading.to_owned()).chain(lines).collect()
}

fn allowance(check: &AllowanceCheck) -> Vec<String> {
    let (total, free) = (check.total(), check.allowance.free());
    let mut lines = vec![format!(
        "  in use after this, of what is free: {} of {} OCPU, {} of {} GB, {} of {} GB boot volume",
        total.ocpus.0,
        free.ocpus.0,
        total.memory.0,
        free.memory.0,
        total.boot_volumes.0,
        free.boot_volumes.0,
    )];
    let others = check.others();
    if !others.is_empty() {
        lines.push(format!("  · others use some of it: {}", others.join(", ")));
    }
    lines.extend(check.unread.iter().map(|what| format!("  · {what}")));
    if check.price() > CentsPerMonth(0) {
        let (price, basis) = (check.price(), check.allowance.basis());
        lines.push(format!(
            "  ▲ over the allowance: about {price} ({basis}); {}",
            check.fit()
        ));
    }
    let beyond = check.beyond_limits();
    lines.extend(
        beyond
            .iter()
            .map(|what| format!("  ✖ over the tenancy's limits: {what}")),
    );
    lines
}

#[cfg(test)]
mod tests;

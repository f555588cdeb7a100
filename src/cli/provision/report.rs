//! A plan in words.

use crate::domain::allowance::AllowanceCheck;
use crate::domain::plan::{Action, Operation, Plan, Step};
use crate::domain::units::CentsPerMonth;

/// The plan as a person reads it: what happens to each resource, and what it uses of what is free.
pub(in crate::cli) fn plan_text(plan: &Plan) -> String {
    let counts = plan.counts();
    let what = match plan.operation {
        Operation::Apply if plan.is_empty() => "everything is there".to_owned(),
        Operation::Apply => {
            format!("{} to create, {} there already", counts.create, counts.keep)
        }
        Operation::Destroy if counts.delete == 0 => "nothing bears its tag".to_owned(),
        Operation::Destroy => format!("{} to delete", counts.delete),
    };
    let mut lines = vec![format!("{} in {}: {what}", plan.cluster, plan.region)];
    let width = plan
        .steps
        .iter()
        .map(|step| step.name.chars().count())
        .max()
        .unwrap_or(0);
    lines.extend(plan.steps.iter().map(|step| step_line(step, width)));
    if plan.operation == Operation::Apply {
        lines.extend(allowance_lines(&plan.allowance));
    }
    lines.join("\n") + "\n"
}

fn step_line(step: &Step, width: usize) -> String {
    let glyph = match step.action {
        Action::Create => '+',
        Action::Keep => '=',
        Action::Delete => '-',
    };
    let (kind, name) = (step.kind.to_string(), &step.name);
    let line = format!("  {glyph} {kind:<16}  {name:<width$}  {}", step.summary);
    line.trim_end().to_owned()
}

fn allowance_lines(check: &AllowanceCheck) -> Vec<String> {
    let (total, free) = (check.total(), check.allowance);
    let mut lines = vec![format!(
        "  in use after this, of what is free: {} of {} OCPU, {} of {} GB, {} of {} GB boot volume",
        total.ocpus.0,
        free.ocpus().0,
        total.memory.0,
        free.memory().0,
        total.boot_volumes.0,
        free.boot_volumes.0,
    )];
    if check.price() > CentsPerMonth(0) {
        lines.push(format!("  ▲ over the allowance: about {}", check.price()));
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
mod tests {
    use super::*;
    use crate::domain::allowance::{Allowance, Usage};
    use crate::domain::plan::{ResourceKey, ResourceKind};
    use crate::domain::units::{Gigabytes, Ocpus};

    fn plan() -> Plan {
        let step = |key: &str, kind, action, summary: &str| Step {
            key: ResourceKey::new(key),
            kind,
            name: format!("k3s-{key}"),
            action,
            id: None,
            needs: Vec::new(),
            summary: summary.to_owned(),
        };
        Plan {
            cluster: "k3s".to_owned(),
            operation: Operation::Apply,
            region: "us-ashburn-1".to_owned(),
            steps: vec![
                step("vcn", ResourceKind::Vcn, Action::Keep, "10.0.0.0/16"),
                step(
                    "internet-gateway",
                    ResourceKind::InternetGateway,
                    Action::Create,
                    "",
                ),
                step(
                    "ingress",
                    ResourceKind::Instance,
                    Action::Create,
                    "A1 4 OCPU",
                ),
            ],
            allowance: AllowanceCheck {
                allowance: Allowance::ALWAYS_FREE,
                used: Usage::default(),
                added: Usage {
                    ocpus: Ocpus(4),
                    memory: Gigabytes(24),
                    boot_volumes: Gigabytes(150),
                },
                available: Some(Usage {
                    ocpus: Ocpus(3),
                    memory: Gigabytes(96),
                    boot_volumes: Gigabytes(200),
                }),
            },
        }
    }

    #[test]
    fn a_plan_says_what_happens_and_what_it_costs() {
        insta::assert_snapshot!(plan_text(&plan()), @r"
        k3s in us-ashburn-1: 2 to create, 1 there already
          = VCN               k3s-vcn               10.0.0.0/16
          + internet gateway  k3s-internet-gateway
          + instance          k3s-ingress           A1 4 OCPU
          in use after this, of what is free: 4 of 2 OCPU, 24 of 12 GB, 150 of 200 GB boot volume
          ▲ over the allowance: about $28.04/mo
          ✖ over the tenancy's limits: 4 A1 OCPUs wanted, 3 left
        ");
    }
}

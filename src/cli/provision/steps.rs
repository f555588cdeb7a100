//! The steps of a plan as a tree: what happens to each resource, and each field that has drifted.

use crate::domain::plan::{Action, Drift, Plan, Remedy, Step};
use crate::domain::tree::{branches, name, predecessor};

/// The lines of all steps, in the order in which they stand on each other.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let branches = branches(plan);
    let rows: Vec<(String, &Step)> = branches
        .iter()
        .filter_map(|branch| {
            let step = plan.steps.get(branch.step)?;
            Some((format!("{}{}", branch.guide, name(step)), step))
        })
        .collect();
    let width = rows.iter().map(|(label, _)| label.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut lines = Vec::new();
    for (label, step) in rows {
        let before = predecessor(plan, step).and_then(|at| plan.steps.get(at));
        let glyph = before.map_or_else(|| glyph(step), |_| '±');
        let kind = step.kind.to_string();
        let line = format!("  {glyph} {label:<width$}  {kind:<16}  {}", step.summary);
        lines.push(line.trim_end().to_owned());
        let before = before.iter().flat_map(|before| &before.drift);
        lines.extend(before.chain(&step.drift).map(drifted));
    }
    lines
}

fn glyph(step: &Step) -> char {
    match step.action {
        Action::Create => '+',
        Action::Keep if step.drift.is_empty() => '=',
        Action::Keep => '!',
        Action::Update => '~',
        Action::Import => '←',
        Action::Delete => '-',
    }
}

fn drifted(drift: &Drift) -> String {
    let Drift {
        field,
        found,
        wanted,
        remedy,
    } = drift;
    let how = match remedy {
        Remedy::Change => "in place",
        Remedy::Restart => "in place, with a restart",
        Remedy::Replace => "only by a new one",
        Remedy::Leave => {
            return format!(
                "      {field}: {found}, was {wanted}  (left as it is, because the configuration \
                 asks for nothing else)"
            );
        }
    };
    format!("      {field}: {found} → {wanted}  ({how})")
}

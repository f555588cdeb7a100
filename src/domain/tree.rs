//! Steps as a tree: each below the last of those that it needs. The two steps of a replacement stand
//! there as one.
//!
//! For everything that shows a plan; what is done when follows from the needs alone.

use super::plan::{Plan, REPLACED, ResourceKey, Step};

/// A step's place in the plan, and the lines that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The step's place in the plan.
    pub step: usize,
    /// What is drawn before its name.
    pub guide: String,
}

/// All steps of a plan in the order in which they stand as a tree.
pub fn branches(plan: &Plan) -> Vec<Branch> {
    let hidden: Vec<bool> = (plan.steps.iter())
        .map(|step| successor(plan, step).is_some())
        .collect();
    let is_hidden = |at: usize| hidden.get(at).copied().unwrap_or(false);
    let parent = |(at, step): (usize, &Step)| {
        let needed = step.needs.iter().filter_map(|key| place(plan, key));
        needed
            .filter(|needed| *needed < at && !is_hidden(*needed))
            .max()
    };
    let parents: Vec<Option<usize>> = plan.steps.iter().enumerate().map(parent).collect();
    let mut branches = Vec::with_capacity(plan.steps.len());
    grow(&mut branches, (&parents, &is_hidden), None, "");
    branches
}

/// The step that makes anew what `step` removes, where `step` is the first half of a replacement.
pub fn successor(plan: &Plan, step: &Step) -> Option<usize> {
    let key = step.key.0.strip_prefix(REPLACED)?;
    plan.steps.iter().position(|other| other.key.0 == key)
}

/// The step that removes the old one, where `step` makes something in place of it.
pub fn predecessor(plan: &Plan, step: &Step) -> Option<usize> {
    let removes = |other: &Step| other.key.0.strip_prefix(REPLACED) == Some(&step.key.0);
    plan.steps.iter().position(removes)
}

/// Where the step of this key stands in the plan.
pub fn place(plan: &Plan, key: &ResourceKey) -> Option<usize> {
    plan.steps.iter().position(|step| step.key == *key)
}

/// What a step is called: an instance by its name, everything else by what it is for.
pub fn name(step: &Step) -> &str {
    let of_node = step.key.0.strip_prefix("node-");
    of_node.map_or(&step.key.0, |_| &step.name)
}

/// A parent's place is always less than its child's, so this ends.
fn grow(
    branches: &mut Vec<Branch>,
    (parents, hidden): (&[Option<usize>], &dyn Fn(usize) -> bool),
    parent: Option<usize>,
    before: &str,
) {
    let begin = parent.map_or(0, |parent| parent + 1);
    let children: Vec<usize> = (begin..parents.len())
        .filter(|child| parents.get(*child) == Some(&parent) && !hidden(*child))
        .collect();
    for (at, child) in children.iter().enumerate() {
        let last = at + 1 == children.len();
        let (turn, on) = match (parent, last) {
            (None, _) => ("", ""),
            (Some(_), false) => ("├ ", "│ "),
            (Some(_), true) => ("└ ", "  "),
        };
        branches.push(Branch {
            step: *child,
            guide: format!("{before}{turn}"),
        });
        let below = format!("{before}{on}");
        grow(branches, (parents, hidden), Some(*child), &below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::{Allowance, AllowanceCheck, Usage};
    use crate::domain::plan::{Action, Operation, ResourceKind};

    fn plan(steps: &[(&str, &[&str])]) -> Plan {
        let step = |(key, needs): &(&str, &[&str])| Step {
            key: ResourceKey::new(*key),
            kind: ResourceKind::Subnet,
            name: format!("frankfurt-{key}"),
            action: Action::Create,
            id: None,
            needs: needs.iter().copied().map(ResourceKey::new).collect(),
            summary: String::new(),
            drift: Vec::new(),
            estimate: None,
        };
        Plan {
            cluster: "frankfurt".into(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".into(),
            steps: steps.iter().map(step).collect(),
            allowance: AllowanceCheck {
                allowance: Allowance::ALWAYS_FREE,
                used: Usage::default(),
                added: Usage::default(),
                available: None,
                ..AllowanceCheck::default()
            },
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        }
    }

    fn shown(plan: &Plan) -> Vec<String> {
        let shown = |branch: Branch| format!("{}{}", branch.guide, plan.steps[branch.step].key);
        branches(plan).into_iter().map(shown).collect()
    }

    #[test]
    fn what_is_needed_last_is_the_parent() {
        let plan = plan(&[
            ("vcn", &[]),
            ("gateway", &["vcn"]),
            ("routes", &["vcn", "gateway"]),
            ("subnet", &["vcn", "routes"]),
            ("list", &["vcn"]),
        ]);
        assert_eq!(
            shown(&plan),
            ["vcn", "├ gateway", "│ └ routes", "│   └ subnet", "└ list"]
        );
    }

    #[test]
    fn a_replacement_is_one_row() {
        let plan = plan(&[
            ("subnet", &[]),
            ("replaced-node-a", &[]),
            ("node-a", &["subnet", "replaced-node-a"]),
            ("replaced-gone", &["replaced-node-a"]),
        ]);
        assert_eq!(shown(&plan), ["subnet", "└ node-a", "replaced-gone"]);
        assert_eq!(predecessor(&plan, &plan.steps[2]), Some(1));
        assert_eq!(successor(&plan, &plan.steps[1]), Some(2));
        assert_eq!(successor(&plan, &plan.steps[3]), None);
    }

    #[test]
    fn a_plan_that_needs_in_circles_loses_no_step() {
        let plan = plan(&[("a", &["b"]), ("b", &["a"]), ("c", &["nowhere"])]);
        assert_eq!(shown(&plan), ["a", "└ b", "c"]);
    }

    #[test]
    fn nodes_go_by_their_names() {
        let mut plan = plan(&[("node-worker", &[]), ("vcn", &[])]);
        plan.steps[0].name = "k3s-worker".into();
        let names: Vec<&str> = plan.steps.iter().map(name).collect();
        assert_eq!(names, ["k3s-worker", "vcn"]);
    }
}

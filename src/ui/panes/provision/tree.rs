//! Steps as a tree: each below the last of those that it needs.

use crate::domain::plan::{Plan, ResourceKey, Step};

/// A step's place in the plan, and the lines that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) step: usize,
    pub(super) guide: String,
}

/// All steps of a plan in the order in which they stand as a tree.
pub(super) fn branches(plan: &Plan) -> Vec<Branch> {
    let parent = |(at, step): (usize, &Step)| {
        let needed = step.needs.iter().filter_map(|key| place(plan, key));
        needed.filter(|needed| *needed < at).max()
    };
    let parents: Vec<Option<usize>> = plan.steps.iter().enumerate().map(parent).collect();
    let mut branches = Vec::with_capacity(plan.steps.len());
    grow(&mut branches, &parents, None, "");
    branches
}

/// Where the step of this key stands in the plan.
pub(super) fn place(plan: &Plan, key: &ResourceKey) -> Option<usize> {
    plan.steps.iter().position(|step| step.key == *key)
}

/// What a step is called: an instance by its name, everything else by what it is for.
pub(super) fn name(step: &Step) -> &str {
    let of_node = step.key.0.strip_prefix("node-");
    of_node.map_or(&step.key.0, |_| &step.name)
}

/// A parent's place is always less than its child's, so this ends.
fn grow(
    branches: &mut Vec<Branch>,
    parents: &[Option<usize>],
    parent: Option<usize>,
    before: &str,
) {
    let begin = parent.map_or(0, |parent| parent + 1);
    let children: Vec<usize> = (begin..parents.len())
        .filter(|child| parents.get(*child) == Some(&parent))
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
        grow(branches, parents, Some(*child), &format!("{before}{on}"));
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
            },
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

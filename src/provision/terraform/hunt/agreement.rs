//! What was agreed to, and whether a later plan stays within it. Pure.

use std::collections::BTreeMap;

use crate::domain::plan::{Action, Plan, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;

/// What was done since, by key, with the OCIDs.
type Done = BTreeMap<ResourceKey, String>;

/// What is left of what was agreed to: what is done is kept, or gone.
pub(super) fn left(agreed: &Plan, done: &Done) -> Plan {
    let is_gone = |step: &Step| step.action == Action::Delete && done.contains_key(&step.key);
    let mut left = agreed.clone();
    left.steps.retain(|step| !is_gone(step));
    let there: Vec<ResourceKey> = left.steps.iter().map(|step| step.key.clone()).collect();
    for step in &mut left.steps {
        step.needs.retain(|need| there.contains(need));
        if let Some(id) = done.get(&step.key) {
            step.action = Action::Keep;
            step.id = Some(id.clone()).filter(|id| !id.is_empty());
            step.drift.clear();
        }
    }
    left
}

/// What `plan` would do that nobody agreed to. Of the nodes only `launched` may be made.
pub(super) fn beyond<'a>(
    plan: &'a Plan,
    (agreed, done): (&Plan, &Done),
    launched: Option<&ResourceKey>,
) -> Vec<&'a Step> {
    let is_within = |step: &Step| {
        let known = agreed.steps.iter().find(|it| it.key == step.key);
        let once =
            |action| known.is_some_and(|it| it.action == action) && !done.contains_key(&step.key);
        match step.action {
            Action::Keep => true,
            Action::Create if step.kind == ResourceKind::Instance => {
                once(Action::Create) && launched == Some(&step.key)
            }
            Action::Create | Action::Delete | Action::Import => once(step.action),
            // What was just made may still have to be changed.
            Action::Update => {
                known.is_some_and(|it| matches!(it.action, Action::Create | Action::Update))
            }
        }
    };
    plan.steps.iter().filter(|step| !is_within(step)).collect()
}

/// That a plan goes beyond what was agreed to.
pub(super) fn exceeded(beyond: &[&Step]) -> Problem {
    let deeds: Vec<String> = beyond
        .iter()
        .map(|step| format!("{} {} {}", step.action, step.kind, step.name))
        .collect();
    Problem {
        title: "Terraform would do more than was agreed to".to_owned(),
        detail: format!(
            "since the plan was shown, something has changed; now it would also: {}",
            deeds.join(", ")
        ),
        next: "plan again, and see whether that is wanted; what was made is kept".to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::allowance::AllowanceCheck;
    use crate::domain::plan::{Operation, REPLACED};

    fn step(key: &str, action: Action) -> Step {
        let kind = if key.contains("node-") {
            ResourceKind::Instance
        } else {
            ResourceKind::Vcn
        };
        Step {
            key: ResourceKey::new(key),
            kind,
            name: key.to_owned(),
            action,
            id: None,
            needs: Vec::new(),
            summary: String::new(),
            drift: Vec::new(),
            estimate: None,
        }
    }

    fn plan(steps: &[(&str, Action)]) -> Plan {
        Plan {
            cluster: "k3s".to_owned(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".to_owned(),
            steps: steps
                .iter()
                .map(|(key, action)| step(key, *action))
                .collect(),
            allowance: AllowanceCheck::default(),
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        }
    }

    /// A network that is there, two nodes that are not, a third that is to be replaced.
    fn agreed() -> Plan {
        plan(&[
            ("vcn", Action::Keep),
            ("routes", Action::Update),
            ("node-a", Action::Create),
            ("node-b", Action::Create),
            ("replaced-node-c", Action::Delete),
            ("node-c", Action::Create),
        ])
    }

    #[rstest]
    #[case::the_launch("node-b", Action::Create, true)]
    #[case::another_launch("node-c", Action::Create, false)]
    #[case::a_second_of_what_is_had("node-a", Action::Create, false)]
    #[case::its_old_one("replaced-node-c", Action::Delete, true)]
    #[case::one_that_was_kept("vcn", Action::Update, false)]
    #[case::one_that_was_to_change("routes", Action::Update, true)]
    #[case::one_that_was_made("node-a", Action::Update, true)]
    #[case::a_replacement("replaced-node-a", Action::Delete, false)]
    #[case::a_removal("vcn", Action::Delete, false)]
    #[case::a_stranger("bucket", Action::Create, false)]
    #[case::what_stays("bucket", Action::Keep, true)]
    fn only_what_was_agreed_to_is_done(
        #[case] key: &str,
        #[case] action: Action,
        #[case] is_within: bool,
    ) {
        let done = Done::from([(ResourceKey::new("node-a"), "ocid1".to_owned())]);
        let later = plan(&[(key, action)]);
        let launched = ResourceKey::new("node-b");
        let beyond = beyond(&later, (&agreed(), &done), Some(&launched));
        assert_eq!(beyond.is_empty(), is_within, "{beyond:?}");
        if !is_within {
            let told = exceeded(&beyond).detail;
            assert!(told.contains(key), "{told}");
        }
    }

    #[test]
    fn what_is_done_is_there_for_who_takes_it_up() {
        let mut agreed = agreed();
        let old = ResourceKey::new(format!("{REPLACED}node-c"));
        let last = agreed.steps.last_mut().unwrap();
        last.needs = vec![old.clone(), ResourceKey::new("vcn")];
        let done = Done::from([
            (ResourceKey::new("node-a"), "ocid1.a".to_owned()),
            (old, "ocid1.c".to_owned()),
        ]);
        let left = left(&agreed, &done);
        let told: Vec<(&str, Action)> = left
            .steps
            .iter()
            .map(|step| (step.key.0.as_str(), step.action))
            .collect();
        assert_eq!(
            told,
            [
                ("vcn", Action::Keep),
                ("routes", Action::Update),
                ("node-a", Action::Keep),
                ("node-b", Action::Create),
                ("node-c", Action::Create),
            ]
        );
        assert_eq!(left.steps[2].id.as_deref(), Some("ocid1.a"));
        assert_eq!(left.steps[4].needs, [ResourceKey::new("vcn")]);
        assert!(beyond(&left, (&agreed, &Done::new()), None).len() == 2);
    }
}

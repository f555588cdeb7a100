//! The longest way through a plan: how long its steps will take, as far as earlier runs tell.
//!
//! Independent steps run at once, so what counts is the chain of those that wait for each other. It
//! asks no clock: the caller says what each step still takes.

use std::collections::BTreeMap;

use super::plan::{Action, Plan, Step};

/// How long a step still takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// It is over, or there is nothing to do.
    Nothing,
    /// So many seconds.
    Seconds(u64),
    /// Nobody knows.
    Unknown,
}

impl Ahead {
    /// What a step takes that has not begun.
    pub fn of(step: &Step) -> Self {
        match (step.action, step.estimate) {
            (Action::Keep | Action::Import, _) => Self::Nothing,
            (_, Some(seconds)) => Self::Seconds(seconds),
            (_, None) => Self::Unknown,
        }
    }
}

/// The chain of steps that ends last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    /// How long it takes.
    pub seconds: u64,
    /// Its steps, by their places in the plan: those that still take time.
    pub steps: Vec<usize>,
    /// Whether the length of every step that is still to be done is known. Where it is not, it takes
    /// as long as this at least.
    pub whole: bool,
}

/// The longest chain of a plan's steps, of which `ahead` tells how long each still takes; nothing
/// where no length is known at all, or no time is left.
pub fn critical_path(plan: &Plan, ahead: impl Fn(usize) -> Ahead) -> Option<CriticalPath> {
    let places: BTreeMap<_, _> = plan.steps.iter().map(|step| &step.key).zip(0..).collect();
    let mut ends: Vec<(u64, Option<usize>)> = Vec::with_capacity(plan.steps.len());
    let (mut known, mut whole) = (false, true);
    for (at, step) in plan.steps.iter().enumerate() {
        let needed = step.needs.iter().filter_map(|key| places.get(key));
        let latest = needed
            .filter_map(|needed: &usize| Some((ends.get(*needed)?.0, *needed)))
            .max_by_key(|(end, _)| *end);
        let takes = match ahead(at) {
            Ahead::Nothing => 0,
            Ahead::Seconds(seconds) => {
                known = true;
                seconds
            }
            Ahead::Unknown => {
                whole = false;
                0
            }
        };
        let begins = latest.map_or(0, |(end, _)| end);
        ends.push((
            begins.saturating_add(takes),
            latest.map(|(_, needed)| needed),
        ));
    }
    let last = (0..ends.len()).max_by_key(|at| ends.get(*at).map(|(end, _)| *end));
    let seconds = last.and_then(|last| ends.get(last)).map(|(end, _)| *end);
    let mut path = CriticalPath {
        seconds: seconds?,
        steps: Vec::new(),
        whole,
    };
    let mut at = last;
    while let Some((here, (_, before))) = at.and_then(|at| Some((at, ends.get(at)?))) {
        if matches!(ahead(here), Ahead::Seconds(1..)) {
            path.steps.push(here);
        }
        at = *before;
    }
    path.steps.reverse();
    (known && path.seconds > 0).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::AllowanceCheck;
    use crate::domain::plan::{Operation, ResourceKey, ResourceKind};
    use rstest::rstest;

    type Row = (&'static str, &'static [&'static str], Option<u64>);

    fn plan(rows: &[Row]) -> Plan {
        let step = |(key, needs, estimate): &Row| Step {
            key: ResourceKey::new(*key),
            kind: ResourceKind::Subnet,
            name: (*key).to_owned(),
            action: Action::Create,
            id: None,
            needs: needs.iter().copied().map(ResourceKey::new).collect(),
            summary: String::new(),
            drift: Vec::new(),
            estimate: *estimate,
        };
        Plan {
            cluster: "frankfurt".into(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".into(),
            steps: rows.iter().map(step).collect(),
            allowance: AllowanceCheck::default(),
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        }
    }

    const NETWORK: &[Row] = &[
        ("vcn", &[], Some(3)),
        ("gateway", &["vcn"], Some(2)),
        ("list", &["vcn"], Some(9)),
        ("subnet", &["gateway", "list"], Some(4)),
        ("node", &["subnet"], Some(60)),
        ("address", &[], Some(20)),
    ];

    fn path(plan: &Plan) -> Option<CriticalPath> {
        critical_path(plan, |at| {
            plan.steps.get(at).map_or(Ahead::Nothing, Ahead::of)
        })
    }

    #[test]
    fn steps_that_wait_for_each_other_add_up_and_others_do_not() {
        let path = path(&plan(NETWORK)).unwrap();
        assert_eq!(path.seconds, 3 + 9 + 4 + 60);
        assert_eq!(path.steps, [0, 2, 3, 4]);
        assert!(path.whole);
    }

    #[test]
    fn what_is_over_takes_no_more_time() {
        let plan = plan(NETWORK);
        let path = critical_path(&plan, |at| match at {
            0..=3 => Ahead::Nothing,
            4 => Ahead::Seconds(12),
            _ => Ahead::Seconds(20),
        });
        let path = path.unwrap();
        assert_eq!((path.seconds, path.steps), (20, vec![5]));
    }

    #[test]
    fn a_step_of_unknown_length_makes_it_the_least_that_it_takes() {
        let mut plan = plan(NETWORK);
        plan.steps[4].estimate = None;
        let path = path(&plan).unwrap();
        assert_eq!((path.seconds, path.whole), (20, false));
    }

    #[rstest]
    #[case::nothing_is_known(None)]
    #[case::no_time_is_left(Some(0))]
    fn nothing_is_claimed_where_nothing_is_known(#[case] estimate: Option<u64>) {
        let plan = plan(&[("vcn", &[], estimate), ("subnet", &["vcn"], None)]);
        assert_eq!(path(&plan), None);
    }

    #[test]
    fn what_is_kept_needs_no_estimate() {
        let mut plan = plan(&[("vcn", &[], None), ("subnet", &["vcn"], Some(4))]);
        plan.steps[0].action = Action::Keep;
        let path = path(&plan).unwrap();
        assert_eq!((path.seconds, path.whole), (4, true));
    }

    /// A plan whose order is wrong, or that needs what it does not have, still ends.
    #[test]
    fn needs_that_lead_nowhere_are_no_chain() {
        let plan = plan(&[("a", &["b"], Some(5)), ("b", &["a", "x"], Some(7))]);
        assert_eq!(path(&plan).unwrap().seconds, 12);
    }
}

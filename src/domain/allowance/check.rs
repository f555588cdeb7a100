//! A plan's use held against the allowance and against the tenancy's live limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::terms::{Allowance, Usage};
use crate::domain::units::{CentsPerMonth, Gigabytes, Ocpus};

/// An instance that uses some of what is free.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsedBy {
    /// Its display name.
    pub name: String,
    /// The compartment that it stands in; empty where that is the cluster's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub compartment: String,
    /// A1 processors.
    pub ocpus: Ocpus,
    /// A1 memory.
    pub memory: Gigabytes,
    /// Whether it belongs to this cluster.
    pub ours: bool,
}

/// A plan's use held against the allowance and the tenancy's live limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AllowanceCheck {
    /// What a month holds for nothing.
    pub allowance: Allowance,
    /// What the whole tenancy uses already, this cluster's nodes included; without what the plan
    /// takes away.
    pub used: Usage,
    /// How much of that is this cluster's.
    #[serde(default)]
    pub ours: Usage,
    /// What the plan adds to that.
    pub added: Usage,
    /// What is left of the live service limits before the plan, where they could be read.
    pub available: Option<Usage>,
    /// Who uses what is used: A1 instances of the tenancy, as far as they may be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<UsedBy>,
    /// What could not be read or does not add up, each in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl AllowanceCheck {
    /// Use after the plan.
    pub fn total(&self) -> Usage {
        self.used + self.added
    }

    /// What goes beyond the allowance after the plan.
    pub fn excess(&self) -> Usage {
        self.total().over(self.allowance.free())
    }

    /// Whether the plan adds something that costs money.
    pub fn costs_more(&self) -> bool {
        let excess = self.excess();
        let adds_to = |added: bool, over: bool| added && over;
        adds_to(self.added.ocpus > Ocpus(0), excess.ocpus > Ocpus(0))
            || adds_to(
                self.added.memory > Gigabytes(0),
                excess.memory > Gigabytes(0),
            )
            || adds_to(
                self.added.boot_volumes > Gigabytes(0),
                excess.boot_volumes > Gigabytes(0),
            )
    }

    /// What the excess costs in a month of 744 hours.
    pub fn price(&self) -> CentsPerMonth {
        self.allowance.price(self.total())
    }

    /// What is over the allowance after the plan, each in words; empty when nothing is.
    pub fn over(&self) -> Vec<String> {
        let (total, free) = (self.total(), self.allowance.free());
        [
            (total.ocpus.0, free.ocpus.0, "OCPU"),
            (total.memory.0, free.memory.0, "GB of memory"),
            (
                total.boot_volumes.0,
                free.boot_volumes.0,
                "GB of boot volume",
            ),
        ]
        .into_iter()
        .filter(|(total, free, _)| total > free)
        .map(|(total, free, what)| format!("{total} {what} where {free} are free"))
        .collect()
    }

    /// Names what the live limits do not have room for; empty when all fits or nothing is known.
    pub fn beyond_limits(&self) -> Vec<String> {
        let Some(available) = self.available else {
            return Vec::new();
        };
        [
            (self.added.ocpus.0, available.ocpus.0, "A1 OCPUs"),
            (self.added.memory.0, available.memory.0, "GB of A1 memory"),
            (
                self.added.boot_volumes.0,
                available.boot_volumes.0,
                "GB of boot volume",
            ),
        ]
        .into_iter()
        .filter(|(added, room, _)| added > room)
        .map(|(added, room, what)| format!("{added} {what} wanted, {room} left"))
        .collect()
    }

    /// What others than this cluster use.
    pub fn of_others(&self) -> Usage {
        self.used.over(self.ours)
    }

    /// Who else uses what is free, in words: `build-box (2 OCPU, 12 GB)`.
    pub fn others(&self) -> Vec<String> {
        let others = self.used_by.iter().filter(|by| !by.ours);
        others
            .map(|by| {
                let place = match by.compartment.as_str() {
                    "" => String::new(),
                    compartment => format!(" in {compartment}"),
                };
                format!("{}{place} ({}, {})", by.name, by.ocpus, by.memory)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::usage;
    use rstest::rstest;

    fn check(allowance: Allowance, used: Usage, added: Usage) -> AllowanceCheck {
        AllowanceCheck {
            allowance,
            used,
            added,
            ..AllowanceCheck::default()
        }
    }

    #[rstest]
    #[case::compact(Allowance::ALWAYS_FREE, usage(2, 12, 100), "$0.00/mo")]
    #[case::reference(Allowance::ALWAYS_FREE, usage(4, 24, 150), "$28.04/mo")]
    #[case::reference_on_payg(Allowance::PAYG_2025, usage(4, 24, 150), "$0.00/mo")]
    #[case::volumes(Allowance::ALWAYS_FREE, usage(2, 12, 250), "$1.28/mo")]
    fn the_price_is_that_of_the_hours_beyond(
        #[case] allowance: Allowance,
        #[case] added: Usage,
        #[case] price: &str,
    ) {
        let check = check(allowance, Usage::default(), added);
        assert_eq!(check.price().to_string(), price);
        assert_eq!(check.costs_more(), price != "$0.00/mo");
    }

    #[test]
    fn what_others_use_counts_and_a_plan_that_adds_nothing_costs_nothing_more() {
        let foreign = usage(2, 12, 100);
        let full = check(Allowance::ALWAYS_FREE, foreign, usage(1, 6, 50));
        assert_eq!(full.excess(), usage(1, 6, 0));
        assert!(full.costs_more());
        let over = check(Allowance::ALWAYS_FREE, usage(4, 24, 150), Usage::default());
        assert!(!over.costs_more());
    }

    #[test]
    fn a_larger_volume_costs_nothing_where_only_processors_are_over() {
        let grown = check(Allowance::ALWAYS_FREE, usage(4, 24, 150), usage(0, 0, 20));
        assert!(!grown.costs_more());
    }

    #[test]
    fn what_is_over_is_named_with_who_else_uses_it() {
        let mut check = check(Allowance::ALWAYS_FREE, usage(1, 6, 50), usage(2, 12, 100));
        check.used_by = vec![UsedBy {
            name: "build-box".to_owned(),
            compartment: "tools".to_owned(),
            ocpus: Ocpus(1),
            memory: Gigabytes(6),
            ours: false,
        }];
        assert_eq!(
            check.over(),
            [
                "3 OCPU where 2 are free",
                "18 GB of memory where 12 are free"
            ]
        );
        assert_eq!(check.others(), ["build-box in tools (1 OCPU, 6 GB)"]);
    }

    #[test]
    fn limits_without_room_are_named() {
        let mut check = check(Allowance::ALWAYS_FREE, Usage::default(), usage(4, 24, 150));
        assert!(
            check.beyond_limits().is_empty(),
            "unknown limits refuse nothing"
        );
        check.available = Some(usage(3, 24, 200));
        assert_eq!(check.beyond_limits(), ["4 A1 OCPUs wanted, 3 left"]);
    }
}

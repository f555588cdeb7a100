//! What a tenancy may use for nothing, and what more than that costs.
//!
//! The amounts are data: Oracle halved them on 2026-06-15, and the pricing page and the
//! documentation still disagree about paid tenancies. Hours are counted for a month of 744.

use serde::{Deserialize, Serialize};

use super::units::{CentsPerMonth, Gigabytes, Ocpus};

/// Hours in the month that prices and allowances are stated for.
const HOURS_A_MONTH: u32 = 744;

/// What a month holds for nothing, and the price of what goes beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Hours of an A1 processor.
    pub ocpu_hours: u32,
    /// Hours of a GB of A1 memory.
    pub gigabyte_hours: u32,
    /// Boot and block volumes together.
    pub boot_volumes: Gigabytes,
    /// Price of an OCPU-hour, in hundred-thousandths of a US dollar.
    pub ocpu_hour: u32,
    /// Price of a GB-hour of memory, in hundred-thousandths of a US dollar.
    pub gigabyte_hour: u32,
    /// Price of a GB-month of volume, in hundred-thousandths of a US dollar.
    pub volume_gigabyte_month: u32,
}

impl Allowance {
    /// Always Free since 2026-06-15: 2 OCPU and 12 GB all month. Prices as published on 2026-10-01.
    pub const ALWAYS_FREE: Self = Self {
        ocpu_hours: 1_500,
        gigabyte_hours: 9_000,
        boot_volumes: Gigabytes(200),
        ocpu_hour: 1_000,
        gigabyte_hour: 150,
        volume_gigabyte_month: 2_550,
    };

    /// Pay as you go by the pricing page: 4 OCPU and 24 GB all month.
    pub const PAYG_2025: Self = Self {
        ocpu_hours: 3_000,
        gigabyte_hours: 18_000,
        ..Self::ALWAYS_FREE
    };

    /// Processors that can run all month.
    pub fn ocpus(&self) -> Ocpus {
        Ocpus(self.ocpu_hours / HOURS_A_MONTH)
    }

    /// Memory that can be held all month.
    pub fn memory(&self) -> Gigabytes {
        Gigabytes(self.gigabyte_hours / HOURS_A_MONTH)
    }

    /// With whole processors and memory that can run all month.
    #[must_use]
    pub fn with(self, ocpus: Ocpus, memory: Gigabytes) -> Self {
        Self {
            ocpu_hours: ocpus.0.saturating_mul(HOURS_A_MONTH),
            gigabyte_hours: memory.0.saturating_mul(HOURS_A_MONTH),
            ..self
        }
    }
}

/// Amounts of what is limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// A1 processors.
    pub ocpus: Ocpus,
    /// A1 memory.
    pub memory: Gigabytes,
    /// Boot volumes.
    pub boot_volumes: Gigabytes,
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            ocpus: self.ocpus + other.ocpus,
            memory: self.memory + other.memory,
            boot_volumes: self.boot_volumes + other.boot_volumes,
        }
    }
}

/// A plan's use held against the allowance and the tenancy's live limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceCheck {
    /// What a month holds for nothing.
    pub allowance: Allowance,
    /// What the tenancy uses already, this cluster's nodes included.
    pub used: Usage,
    /// What the plan adds to that.
    pub added: Usage,
    /// What is left of the live service limits before the plan, where they could be read.
    pub available: Option<Usage>,
}

impl AllowanceCheck {
    /// Use after the plan.
    pub fn total(&self) -> Usage {
        self.used + self.added
    }

    /// What goes beyond the allowance after the plan.
    pub fn excess(&self) -> Usage {
        let total = self.total();
        Usage {
            ocpus: total.ocpus.over(self.allowance.ocpus()),
            memory: total.memory.over(self.allowance.memory()),
            boot_volumes: total.boot_volumes.over(self.allowance.boot_volumes),
        }
    }

    /// Whether the plan adds something that costs money.
    pub fn costs_more(&self) -> bool {
        self.added != Usage::default() && self.excess() != Usage::default()
    }

    /// What the excess costs in a month of 744 hours.
    pub fn price(&self) -> CentsPerMonth {
        let total = self.total();
        let free = self.allowance;
        let hourly = beyond(total.ocpus.0, free.ocpu_hours, free.ocpu_hour)
            + beyond(total.memory.0, free.gigabyte_hours, free.gigabyte_hour);
        let monthly =
            u64::from(self.excess().boot_volumes.0) * u64::from(free.volume_gigabyte_month);
        CentsPerMonth((hourly + monthly + 500) / 1_000)
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
}

/// The price of the hours that an amount running all month has beyond the free ones.
fn beyond(amount: u32, free_hours: u32, price: u32) -> u64 {
    let hours = u64::from(amount) * u64::from(HOURS_A_MONTH);
    hours.saturating_sub(u64::from(free_hours)) * u64::from(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn usage(ocpus: u32, memory: u32, boot_volumes: u32) -> Usage {
        Usage {
            ocpus: Ocpus(ocpus),
            memory: Gigabytes(memory),
            boot_volumes: Gigabytes(boot_volumes),
        }
    }

    fn check(allowance: Allowance, used: Usage, added: Usage) -> AllowanceCheck {
        AllowanceCheck {
            allowance,
            used,
            added,
            available: None,
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

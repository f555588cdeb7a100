//! What a tenancy may use for nothing, and what more than that costs.
//!
//! The amounts are data: Oracle halved them on 2026-06-15, and the pricing page and the
//! documentation still disagree about paid tenancies. Hours are counted for a month of 744.

use serde::{Deserialize, Serialize};

use super::units::{CentsPerMonth, Gigabytes, Ocpus};

/// Hours in the month that prices and allowances are stated for.
const HOURS_A_MONTH: u64 = 744;

/// What a month holds for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// A1 processors that can run all month.
    pub ocpus: Ocpus,
    /// A1 memory that can run all month.
    pub memory: Gigabytes,
    /// Boot and block volumes together.
    pub boot_volumes: Gigabytes,
    /// Price of an OCPU-hour over the allowance, in hundred-thousandths of a US dollar.
    pub ocpu_hour: u32,
    /// Price of a GB-hour of memory over the allowance, in hundred-thousandths of a US dollar.
    pub gigabyte_hour: u32,
    /// Price of a GB-month of volume over the allowance, in hundred-thousandths of a US dollar.
    pub volume_gigabyte_month: u32,
}

impl Allowance {
    /// Always Free since 2026-06-15: 1,500 OCPU-hours and 9,000 GB-hours a month. Prices as
    /// published on 2026-10-01.
    pub const ALWAYS_FREE: Self = Self {
        ocpus: Ocpus(2),
        memory: Gigabytes(12),
        boot_volumes: Gigabytes(200),
        ocpu_hour: 1_000,
        gigabyte_hour: 150,
        volume_gigabyte_month: 2_550,
    };

    /// Pay as you go by the pricing page: 3,000 OCPU-hours and 18,000 GB-hours a month.
    pub const PAYG_2025: Self = Self {
        ocpus: Ocpus(4),
        memory: Gigabytes(24),
        ..Self::ALWAYS_FREE
    };
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
            ocpus: total.ocpus.over(self.allowance.ocpus),
            memory: total.memory.over(self.allowance.memory),
            boot_volumes: total.boot_volumes.over(self.allowance.boot_volumes),
        }
    }

    /// Whether the plan adds something that costs money.
    pub fn costs_more(&self) -> bool {
        self.added != Usage::default() && self.excess() != Usage::default()
    }

    /// What the excess costs in a month of 744 hours.
    pub fn price(&self) -> CentsPerMonth {
        let excess = self.excess();
        let hourly = u64::from(excess.ocpus.0) * u64::from(self.allowance.ocpu_hour)
            + u64::from(excess.memory.0) * u64::from(self.allowance.gigabyte_hour);
        let monthly =
            u64::from(excess.boot_volumes.0) * u64::from(self.allowance.volume_gigabyte_month);
        CentsPerMonth((hourly * HOURS_A_MONTH + monthly).div_ceil(1_000))
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

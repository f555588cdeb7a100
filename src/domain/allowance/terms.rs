//! The allowance itself: free hours, and the price of hours beyond them.

use std::fmt;

use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::topology::Node;
use crate::domain::units::{CentsPerMonth, Gigabytes, Ocpus};

/// Hours in the month that prices and allowances are stated for.
const HOURS_A_MONTH: u32 = 744;

/// What a month holds for nothing, and the price of what goes beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The day on which Oracle published these prices; none for prices of the operator's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced: Option<Date>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self::ALWAYS_FREE
    }
}

impl Allowance {
    /// Always Free since 2026-06-15: 2 OCPU and 12 GB all month.
    pub const ALWAYS_FREE: Self = Self {
        ocpu_hours: 1_500,
        gigabyte_hours: 9_000,
        boot_volumes: Gigabytes(200),
        ocpu_hour: 1_000,
        gigabyte_hour: 150,
        volume_gigabyte_month: 2_550,
        priced: Some(date(2026, 10, 1)),
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

    /// All that can be used all month.
    pub fn free(&self) -> Usage {
        Usage {
            ocpus: self.ocpus(),
            memory: self.memory(),
            boot_volumes: self.boot_volumes,
        }
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

    /// What `used` costs in a month of 744 hours beyond what is free.
    pub fn price(&self, used: Usage) -> CentsPerMonth {
        let hourly = beyond(used.ocpus.0, self.ocpu_hours, self.ocpu_hour)
            + beyond(used.memory.0, self.gigabyte_hours, self.gigabyte_hour);
        let volumes = used.boot_volumes.over(self.boot_volumes);
        let monthly = u64::from(volumes.0) * u64::from(self.volume_gigabyte_month);
        CentsPerMonth((hourly + monthly + 500) / 1_000)
    }

    /// What a price rests on, in a few words, so that nobody takes an old one for today's.
    pub fn basis(&self) -> String {
        match self.priced {
            Some(day) => format!("744 hours, prices as published on {day}"),
            None => "744 hours, prices from cluster.toml".to_owned(),
        }
    }
}

/// The price of the hours that an amount running all month has beyond the free ones.
fn beyond(amount: u32, free_hours: u32, price: u32) -> u64 {
    let hours = u64::from(amount) * u64::from(HOURS_A_MONTH);
    hours.saturating_sub(u64::from(free_hours)) * u64::from(price)
}

/// Amounts of what is limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// A1 processors.
    pub ocpus: Ocpus,
    /// A1 memory.
    pub memory: Gigabytes,
    /// Boot volumes.
    pub boot_volumes: Gigabytes,
}

impl Usage {
    /// How much this is more than `other`, of each; zero where it is not.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self {
            ocpus: self.ocpus.over(other.ocpus),
            memory: self.memory.over(other.memory),
            boot_volumes: self.boot_volumes.over(other.boot_volumes),
        }
    }

    /// Whether all of it is within `other`.
    pub fn fits(self, other: Self) -> bool {
        self.over(other) == Self::default()
    }
}

/// Amounts in the order in which they are told.
#[cfg(test)]
pub(crate) fn usage(ocpus: u32, memory: u32, boot_volumes: u32) -> Usage {
    Usage {
        ocpus: Ocpus(ocpus),
        memory: Gigabytes(memory),
        boot_volumes: Gigabytes(boot_volumes),
    }
}

impl From<&Node> for Usage {
    fn from(node: &Node) -> Self {
        Self {
            ocpus: node.ocpus,
            memory: node.memory,
            boot_volumes: node.boot_volume,
        }
    }
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

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), std::ops::Add::add)
    }
}

impl fmt::Display for Usage {
    /// What is there of it: `2 OCPU, 12 GB, 100 GB of boot volume`; `nothing` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.ocpus != Ocpus(0) {
            parts.push(self.ocpus.to_string());
        }
        if self.memory != Gigabytes(0) {
            parts.push(self.memory.to_string());
        }
        if self.boot_volumes != Gigabytes(0) {
            parts.push(format!("{} of boot volume", self.boot_volumes));
        }
        if parts.is_empty() {
            return f.pad("nothing");
        }
        f.pad(&parts.join(", "))
    }
}

//! What the nodes use of the allowance and of the account's limits, and what the rest costs.

use std::ops::Add;

use super::answers::NodeRow;
use super::key::Key;
use super::machine::Wizard;
use crate::config::{AllowanceTable, Layout, NetworkTable, Preset};
use crate::domain::allowance::{Allowance, AllowanceCheck, Usage};
use crate::domain::setup::LimitsFound;
use crate::domain::units::{Gigabytes, Ocpus};

impl Wizard {
    /// The nodes held against what is free and what the account permits. Numbers that are none
    /// count nothing.
    pub fn allowance_check(&self) -> AllowanceCheck {
        let limits = self.limits();
        AllowanceCheck {
            allowance: self.allowance(),
            used: limits.map_or_else(Usage::default, used),
            added: self
                .rows()
                .iter()
                .map(usage)
                .fold(Usage::default(), Usage::add),
            available: limits.and_then(available),
            ..AllowanceCheck::default()
        }
    }

    /// The limits of the region that is chosen, once they are known.
    pub fn limits(&self) -> Option<&LimitsFound> {
        let limits = self.facts.limits.known()?;
        (limits.region == self.value(Key::Region).as_str()).then_some(limits)
    }

    pub(super) fn allowance(&self) -> Allowance {
        let table = self.document.allowance();
        match self.value(Key::Allowance).as_str() {
            "payg-2025" => Allowance::PAYG_2025,
            "custom" if table.preset == Preset::Custom => table.allowance(),
            _ => AllowanceTable::default().allowance(),
        }
    }

    /// Whether the layout `reference` does not fit into what is free.
    pub(super) fn reference_costs(&self) -> bool {
        let nodes = Layout::Reference.nodes(&NetworkTable::default());
        let ocpus: u32 = nodes.iter().map(|node| node.ocpus).sum();
        let memory: u32 = nodes.iter().map(|node| node.memory_gb).sum();
        let free = self.allowance();
        Ocpus(ocpus) > free.ocpus() || Gigabytes(memory) > free.memory()
    }
}

fn usage(row: &NodeRow) -> Usage {
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    Usage {
        ocpus: Ocpus(number(&row.ocpus)),
        memory: Gigabytes(number(&row.memory_gb)),
        boot_volumes: Gigabytes(number(&row.boot_volume_gb)),
    }
}

fn used(limits: &LimitsFound) -> Usage {
    Usage {
        ocpus: Ocpus(limits.ocpus.0),
        memory: Gigabytes(limits.memory_gb.0),
        boot_volumes: Gigabytes(limits.volume_gb.0),
    }
}

/// What is left of the limits; none where one of them is not told.
fn available(limits: &LimitsFound) -> Option<Usage> {
    let left = |(used, allowed): (u32, Option<u32>)| Some(allowed?.saturating_sub(used));
    Some(Usage {
        ocpus: Ocpus(left(limits.ocpus)?),
        memory: Gigabytes(left(limits.memory_gb)?),
        boot_volumes: Gigabytes(left(limits.volume_gb)?),
    })
}

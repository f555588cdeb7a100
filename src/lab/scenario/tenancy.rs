//! The tenancy of a scenario: its names, its limits, and what the data centres have left when.

use std::time::Duration;

use serde::Deserialize;

use super::bad_luck::{Existing, Flaky, Meddling, Phantom};
use super::span;
use crate::lab::oci::PlannedFault;

/// A tenancy: its names, what it may use and what the data centres have left.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenancy {
    /// The tenancy's name.
    pub name: String,
    /// The name of the compartment below the root.
    pub compartment: String,
    /// The home region's identifier.
    pub region: String,
    /// The home region's key.
    pub region_key: String,
    /// How many availability domains the region has; each has three fault domains.
    pub availability_domains: u8,
    /// What precedes the names of this tenancy's availability domains.
    pub domain_prefix: String,
    /// Items on one page of a list when the client names no limit, and at most.
    #[serde(default = "default_page")]
    pub page: usize,
    /// Service limits.
    pub limits: Vec<Limit>,
    /// What hosts have left for a shape.
    pub capacity: Vec<Capacity>,
    /// Refusals that happen from the start.
    #[serde(default)]
    pub faults: Vec<PlannedFault>,
    /// How many launches a minute are taken; all when absent.
    #[serde(default)]
    pub launches_per_minute: Option<usize>,
    /// What launches that find no host leave behind.
    #[serde(default)]
    pub phantom: Option<Phantom>,
    /// Requests that fail in turn.
    #[serde(default)]
    pub flaky: Option<Flaky>,
    /// What stands there already.
    #[serde(default)]
    pub existing: Vec<Existing>,
    /// What somebody changes.
    #[serde(default)]
    pub meddling: Vec<Meddling>,
    /// How busy instances are.
    #[serde(default)]
    pub loads: Vec<Load>,
}

/// How busy an instance is, in hundredths of what it has, as monitoring tells.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Its display name.
    pub instance: String,
    /// Of its processors.
    pub cpu: f64,
    /// Of its memory.
    pub memory: f64,
    /// Of its network, inwards.
    pub network: f64,
}

impl Load {
    /// That of an instance; of one that no scenario speaks of, that of a node at work.
    pub(in crate::lab) fn of(loads: &[Self], instance: &str) -> Self {
        let known = loads.iter().find(|load| load.instance == instance);
        known.cloned().unwrap_or_else(|| Self {
            instance: instance.to_owned(),
            cpu: 31.0,
            memory: 54.0,
            network: 2.0,
        })
    }
}

/// A service limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The service, as `ListServices` names it.
    pub service: String,
    /// The limit's name.
    pub name: String,
    /// Whether it holds for each availability domain or for the region.
    pub scope: Scope,
    /// What may be used.
    pub value: u32,
}

/// Where a limit holds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In each availability domain.
    AvailabilityDomain,
    /// In the region as a whole.
    Region,
}

/// What the hosts of one fault domain have left for a shape.
///
/// Several rows for one place add up while their time is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The shape.
    pub shape: String,
    /// The availability domain's number, from 1.
    pub availability_domain: u8,
    /// The fault domain's number, from 1 to 3; all three when absent.
    pub fault_domain: Option<u8>,
    /// OCPUs left.
    pub ocpus: f64,
    /// Memory left, in GB.
    pub memory_gb: f64,
    /// How long after the lab's start it is there, at the lab's pace; from the start when absent.
    #[serde(default, deserialize_with = "span::maybe")]
    pub from: Option<Duration>,
    /// How long after the lab's start it is there no more.
    #[serde(default, deserialize_with = "span::maybe")]
    pub until: Option<Duration>,
    /// What the capacity report says of this place meanwhile; the truth when absent.
    #[serde(default)]
    pub report: Option<Reported>,
}

/// What a capacity report may claim.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Reported {
    /// There are hosts.
    Available,
    /// There are none.
    OutOfCapacity,
}

fn default_page() -> usize {
    100
}

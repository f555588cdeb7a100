//! The checks, one file and one row each, in the order in which they are shown.

mod a1_limits;
mod allowance;
mod availability_domains;
mod boot_volumes;
mod capacity;
mod clock_skew;
mod cloudflare_token;
mod compartment;
mod fingerprint;
mod home_region;
mod image;
mod leftovers;
mod nodeports;
mod profile;
mod records;
mod registry;
mod repository;
mod session_life;
mod ssh_from;
mod ssh_key;
mod tenancy;
mod vcn_count;
mod zone;

use super::check::Check;

/// All checks.
pub const CHECKS: &[Check] = &[
    profile::CHECK,
    fingerprint::CHECK,
    session_life::CHECK,
    clock_skew::CHECK,
    tenancy::CHECK,
    home_region::CHECK,
    compartment::CHECK,
    availability_domains::CHECK,
    image::CHECK,
    a1_limits::CHECK,
    boot_volumes::CHECK,
    vcn_count::CHECK,
    allowance::CHECK,
    capacity::CHECK,
    leftovers::CHECK,
    ssh_key::CHECK,
    ssh_from::CHECK,
    nodeports::CHECK,
    cloudflare_token::CHECK,
    zone::CHECK,
    records::CHECK,
    repository::CHECK,
    registry::CHECK,
];

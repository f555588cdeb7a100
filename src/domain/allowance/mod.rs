//! What a tenancy may use for nothing, what more than that costs, and how a plan stands to both.
//!
//! Amounts and prices are data with a date: Oracle halved the amounts on 2026-06-15, and its pricing
//! page and its documentation still disagree about paid tenancies. Knows no cloud and no file.

mod check;
mod fit;
mod terms;

pub use check::{AllowanceCheck, UsedBy};
pub use fit::{COMPACT, Fit};
#[cfg(test)]
pub(crate) use terms::usage;
pub use terms::{Allowance, Usage};

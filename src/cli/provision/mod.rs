//! What `plan`, `apply` and `destroy` share: the session with the cloud, the run, and how both are
//! shown.

mod confirm;
mod hunting;
mod planning;
mod progress;
mod report;
mod run;
mod session;
mod steps;
mod stopping;

pub(super) use confirm::{confirm, offer, somebody_to_ask};
pub(super) use planning::planned;
pub(super) use report::{other_engine, plan_text};
pub(super) use run::{Given, carry_out};
pub(super) use session::{open, open_to_change};

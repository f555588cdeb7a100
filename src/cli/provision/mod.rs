//! What `plan`, `apply` and `destroy` share: the session with the cloud, the run, and how both are
//! shown.

mod confirm;
mod hunting;
mod progress;
mod report;
mod run;
mod session;
mod steps;

pub(super) use confirm::{confirm, offer, somebody_to_ask};
pub(super) use report::plan_text;
pub(super) use run::{Given, carry_out};
pub(super) use session::open;

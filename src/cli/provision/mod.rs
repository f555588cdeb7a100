//! What `plan`, `apply` and `destroy` share: the session with the cloud, the run, and how both are
//! shown.

mod confirm;
mod progress;
mod report;
mod run;
mod session;

pub(super) use confirm::confirm;
pub(super) use report::plan_text;
pub(super) use run::carry_out;
pub(super) use session::open;

//! What goes wrong with nodes on purpose: by a scenario's plan, or by name while the lab runs.
//!
//! A trouble changes what machines and OCI have (a rule, a file, a route), and what follows from it is
//! looked up there, so whoever puts it right has mended it. Only what nothing on a machine can hold
//! (a slow network, a release that is gone) is remembered here ([`Conditions`]).

mod apply;
mod conditions;
mod hostile;
mod kind;
mod mend;
mod plan;
mod rebuild;
mod registry;
mod rules;

pub(super) use apply::BALLAST;
pub(super) use conditions::Conditions;
pub use kind::Trouble;
pub(in crate::lab) use kind::{Mending, Moment};
pub use plan::PlannedTrouble;
pub(in crate::lab) use registry::Troubles;

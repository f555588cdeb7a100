//! Secrets that cannot stand in Git, placed by the Kubernetes API as soon as it answers.
//!
//! What somebody else keeps (external-secrets, a person) is left as it is. No value is shown: what
//! is told are names, keys and reasons.

mod place;
mod run;
mod wanted;

pub use place::{Placed, place};
pub(super) use run::run;
pub use wanted::{Wanted, any, wanted};

//! A scenario's cluster: how it begins, what has happened to it, and what can be broken on purpose.
//!
//! A running cluster is not a snapshot: its first objects are laid and the controllers play from
//! then to now, so that every status follows from something. Only `scale` lays plain objects.

mod breakage;
mod scale;
mod site;
mod spec;
mod start;
#[cfg(test)]
mod tests;

pub use breakage::Breakage;
pub(in crate::lab) use site::{Site, Standing};
pub use spec::{ClusterSpec, Scale};
pub(super) use start::{Cluster, Surroundings};

//! Leads a session from nothing to the cockpit: where this cluster stands, what is begun next, and
//! what is told of it.
//!
//! Effects come in, events go out; nothing here draws or asks a person. Whatever runs is stopped so
//! that the next start goes on from there.

mod attending;
mod following;
mod guide;
mod provisioning;
mod relay;
mod start;
mod teller;

pub use start::{Journey, Left, Start};

pub(super) use following::Following;
pub(super) use teller::Teller;

//! The bridge: what is well and what is not, at a glance; what is on the wall.

mod attention;
mod certs;
mod feeds;
mod nodes;
mod recent;
mod section;
mod state;
mod waves;

pub use state::Bridge;

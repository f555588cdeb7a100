//! The tabs, one file each: which columns a kind has, and what its full view says.

pub mod apps;
pub mod bridge;
pub mod certs;
pub mod dns;
pub mod events;
pub mod log;
pub mod nodes;
pub mod pods;
pub mod routes;
pub mod signs;

mod certs_chain;
mod routes_tree;

//! The tabs, one file each: which columns a kind has, and what its full view says.

pub mod apps;
pub mod bootstrap;
pub mod bridge;
pub mod certs;
pub mod dns;
mod dns_page;
pub mod events;
pub mod log;
pub mod nodes;
mod offers;
pub mod pods;
pub mod provision;
pub mod routes;
pub mod secrets;
pub mod setup;
pub mod signs;

mod advised;
mod certs_chain;
mod certs_presented;
mod problem;

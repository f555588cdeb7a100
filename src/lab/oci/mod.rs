//! OCI's API on loopback: identity, core (network, compute, boot volumes, console) and limits.
//!
//! Resource types are a table (`kinds`); what is special to a concern has a file of its own. Every
//! request's signature is verified; bodies are JSON values, never the product's structs.

mod address;
mod answer;
mod call;
mod capacity;
mod catalog;
mod collection;
mod console;
mod fault;
mod identity;
mod instance;
mod kinds;
mod launch;
mod limits;
mod machine;
mod network;
mod page;
mod place;
mod public_ip;
mod route;
mod routes;
mod schema;
mod server;
mod service;
mod signature;
mod token;
mod wire;
mod work;
mod world;

pub use fault::{Fault, Matcher, PlannedFault, Record};
pub use place::Place;
pub(super) use place::unique as unique_name;
pub(super) use service::ApiKey;
pub use service::Oci;
pub use world::Change;

//! OCI's API on loopback: identity, core (network, compute, boot volumes, console), limits, quotas
//! and key vaults.
//!
//! Resource types are a table (`kinds`); what is special to a concern has a file of its own. Every
//! request's signature is verified; bodies are JSON values, never the product's structs.

mod address;
mod answer;
mod boot_volume;
mod call;
mod capacity;
mod catalog;
mod cidr;
mod collection;
mod console;
mod door;
mod existing;
mod fault;
mod flaky;
mod hold;
mod identity;
mod instance;
mod inventory;
mod kinds;
mod launch;
mod limits;
mod log;
mod machine;
mod meddling;
mod monitoring;
mod network;
mod page;
mod phantom;
mod place;
mod public_ip;
mod quota;
mod resize;
mod route;
mod routes;
mod rush;
mod schema;
mod server;
mod service;
mod signature;
mod statement;
mod subnet;
mod token;
mod usage;
mod vault;
mod wire;
mod work;
mod world;

pub(super) use door::Reply;
pub use fault::{Fault, Matcher, PlannedFault};
pub use hold::{Hold, Point};
pub use inventory::Item;
pub use log::{Launch, Record};
pub use place::Place;
pub(super) use place::unique as unique_name;
pub(super) use service::ApiKey;
pub use service::Oci;
pub use world::Change;

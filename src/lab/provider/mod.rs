//! A provider for the real terraform: `oracle/oci` over Terraform's plugin protocol 5, on a unix
//! socket in the lab's folder, which makes of plans the requests that the real one makes.
//!
//! Nothing here is about one resource type: the schema says what may be configured, a table says
//! where it goes. Both are data (`assets/lab/terraform`); the lab's OCI answers.

mod ask;
mod attachment;
mod body;
mod data_source;
mod grpc;
mod keeper;
mod messages;
mod names;
mod plan;
mod read;
mod refusal;
mod resource;
mod schema;
mod server;
mod service;
mod table;
mod value;

pub use ask::Asked;
pub(super) use server::Reattach;

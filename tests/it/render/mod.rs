//! What is laid on the nodes: user data as cloud-init reads it, and the script as a node runs it. And
//! the folder that makes them with Terraform.

mod again;
mod laid;
mod proofs;
mod real;
mod sandbox;
mod stages;
mod terraform;
mod token;
mod user_data;

pub(crate) use laid::{reference, unpacked};
pub(crate) use real::is_installed;
pub(crate) use sandbox::Sandbox;

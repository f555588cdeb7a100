//! What is laid on the nodes: user data as cloud-init reads it, and the script as a node runs it.

mod laid;
mod real;
mod sandbox;
mod stages;
mod token;
mod user_data;

pub(crate) use laid::unpacked;

//! How the network and the nodes are made: what will be, what is under way, what it costs, and what
//! to do when it fails.

mod note;
mod phase;
mod question;
mod rows;
mod state;
mod tree;

pub use state::Provision;

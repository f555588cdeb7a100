//! How the network and the nodes are made: what will be, what is under way, what it costs, and what
//! to do when it fails.

mod beside;
mod board;
mod capacity;
mod drift;
mod ended;
mod full;
mod gauges;
mod matrix;
mod note;
mod phase;
mod question;
mod replace;
mod rows;
mod said;
mod state;
mod steps;
mod stopped;

pub use state::Provision;

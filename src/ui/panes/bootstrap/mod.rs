//! How the nodes come up: a column a node with its stages and its log, above them who waits for
//! whom, the cluster's own stages and what its hosts answer.

mod cluster;
mod log;
mod node;
mod pace;
mod path;
mod state;

pub use state::Bootstrap;

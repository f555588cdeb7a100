//! How the nodes come up: a column a node with its stages and its log, above them who waits for
//! whom, the cluster's own stages and what its hosts answer.

mod cluster;
mod column;
mod full;
mod hints;
mod looking;
mod mending;
mod node_log;
mod pace;
mod path;
mod screen;
mod stages;
mod state;
mod trouble;
mod waves;

pub use state::Bootstrap;

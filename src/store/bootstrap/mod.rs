//! How nodes come up: the stage machine of each node and of the cluster, and their logs.
//!
//! Two kinds of evidence move the stages: what is told of the nodes, and what the other tables show
//! (a node that is Ready, an application that is Healthy). A stage that is done proves those that it
//! could not have been done without, so a late start catches up by itself.

mod evidence;
mod path;
mod run;
mod sight;
#[cfg(test)]
mod tests;
mod turn;
mod verdict;
mod waves;

pub use path::{CrossWait, Link};
pub use run::{Acted, Bootstrap, HostRun, LogEntry, NodeRun, StageRun};
pub use sight::Sight;
pub use verdict::Failure;
pub use waves::{Wave, awaited, waves};

pub(super) use evidence::weigh;
pub(super) use run::fold;

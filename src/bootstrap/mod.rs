//! Following the nodes from the first line on their serial console until the cluster answers.
//!
//! [`follow`] tells what it learns as events and judges nothing: whether a cluster is healthy is the
//! store's to say. What it writes stands in the workspace's own folder (pins, the kubeconfig), and in
//! the cluster: the Secrets that cannot stand in Git.

mod acts;
mod allegiance;
mod boot_lines;
mod cloud_init;
mod console;
mod diagnose;
mod flow;
mod follow;
mod hosts;
mod join_token;
mod kubeconfig;
mod lines;
mod log;
mod machines;
mod marker;
mod mask;
mod meaning;
mod merge;
mod node;
mod reach;
pub mod secrets;
mod service;
mod shared;
mod tail;
mod target;
mod trail;
mod trust;
mod usual_file;
mod visit;

pub use flow::{Flow, Logs, Piece};
pub use follow::{Wires, follow};
pub use kubeconfig::{Kubeconfig, KubeconfigError};
pub use machines::{Machine, machines};
pub(crate) use mask::Mask;
pub use merge::merged;
pub use reach::{NoWay, Reach, reach};
pub use shared::{Door, Outcome};
pub use tail::LogFile;
pub use target::Target;
pub use trust::{Shown, shown, trust};
pub use usual_file::{learn, usual};

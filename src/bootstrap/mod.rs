//! Following the nodes from the first line on their serial console until the cluster answers.
//!
//! [`follow`] tells what it learns as events and judges nothing: whether a cluster is healthy is the
//! store's to say. It reads only; what it writes stands in the workspace's own folder (pins, the
//! kubeconfig).

mod cloud_init;
mod console;
mod follow;
mod hosts;
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
mod resolve;
mod shared;
mod target;
mod trail;
mod visit;

pub use follow::follow;
pub use kubeconfig::{Kubeconfig, KubeconfigError};
pub use machines::{Machine, machines};
pub use merge::merged;
pub use reach::{NoWay, Reach, reach};
pub use shared::{Door, Outcome};
pub use target::Target;

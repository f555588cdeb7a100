//! The lab's Kubernetes API, with the clients that people use: kubectl, kube-rs, and plain HTTP.

mod applied;
mod bad_days;
pub(crate) mod cluster;
mod forwarding;
mod kubectl;
mod paging;
mod recorded;
mod watcher;

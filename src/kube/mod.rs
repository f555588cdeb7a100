//! The Kubernetes client: connection, discovery, lists and watches.
//!
//! What the API says is read into narrow wire structs and leaves this folder as the domain's
//! values. What is watched, when, and what a failure means for the screen is for `sources`.

pub mod connection;
pub mod discovery;
pub mod fault;
pub mod kind;
pub mod metrics;
pub mod watch;
pub mod way;
mod wire;

pub use connection::{ConnectError, Connection, Target};
pub use fault::Fault;
pub(crate) use kind::Kind;
pub use way::Way;

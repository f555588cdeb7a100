//! The Kubernetes client: connection, discovery, lists, watches, and the only door for writes.
//!
//! What the API says is read into narrow wire structs and leaves this folder as the domain's
//! values. What is watched, when, and what a failure means for the screen is for `sources`.

pub mod action;
pub mod argo_settings;
pub mod compare;
pub mod connection;
pub mod discovery;
pub mod exec;
pub mod fault;
pub mod forward;
pub mod health;
pub mod kind;
pub mod logs;
pub mod look;
pub mod metrics;
pub mod proof;
pub mod refusal;
pub(crate) mod routing;
pub mod secret;
pub mod watch;
pub mod way;
pub mod whole;
mod wire;
pub mod write;

pub use connection::{ConnectError, Connection, Target};
pub use fault::Fault;
pub(crate) use kind::Kind;
pub use refusal::WriteError;
pub use secret::{SecretFound, secret};
pub use way::Way;
pub use write::{Access, Change, Fields, Merge, Only, Write, Writer};

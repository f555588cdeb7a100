//! Making a cluster's cloud resources, and taking them away again.
//!
//! The cloud is the state: what belongs to a cluster bears its tags, so a run begins by looking and
//! goes on from whatever an earlier one left. [`direct`] talks to OCI's API itself; [`terraform`] runs
//! Terraform or OpenTofu, which keep a state of their own.

pub mod blueprint;
pub mod direct;
mod engine;
pub mod estimates;
mod hunt;
pub mod journal;
mod lacking;
pub mod lock;
pub mod onlooker;
mod schedule;
mod teller;
pub mod terraform;

pub use engine::{Engine, Look, Planned};

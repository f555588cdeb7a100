//! Launching nodes by signed requests, and what OCI's answers to a launch mean, whoever sent it.
//!
//! [`launch`] sends what [`crate::provision::hunt`] decides, one step's future after the other taking
//! its turn. What a refusal means and what a capacity report says is asked here for both engines.

mod answer;
mod launch;
mod limit;
mod report;

pub(super) use launch::Launches;

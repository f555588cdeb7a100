//! Launching nodes, and hunting for room where there is none.
//!
//! [`state`] decides who launches where and when; it is pure: no clock, no request, no event of its
//! own sending. [`launch`] sends what it decides, one step's future after the other taking its turn.

mod ground;
mod launch;
mod limit;
mod report;
mod rhythm;
mod state;
mod words;

pub(super) use launch::Launches;

#[cfg(test)]
mod tests;

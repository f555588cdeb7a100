//! Envoy's admin interface, read: a fixed set of questions over one stream, and what the answers
//! mean in the domain's words.
//!
//! Nothing here can change a proxy or ask for its secrets. How a stream to it is opened is for
//! others, and so is what it should have loaded.

mod answer;
mod client;
mod counters;
mod question;
#[cfg(test)]
mod tests;

pub use client::{Admin, Error, Snapshot};
pub use counters::{Counters, Reading, traffic};
pub use question::Question;

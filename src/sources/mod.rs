//! Live feeds: each tells what it learns as events on one bounded channel.
//!
//! A source never ends the program and never gives up: it says how it is (live, stale, denied, not
//! installed) and tries again by itself. What is told means something only in the store.

mod cloudflare;
mod cluster;
mod feed;
mod metrics;
mod outbox;
mod supervisor;
mod watched;

pub use cloudflare::{Cloudflare, Zones};
pub use outbox::{Closed, Outbox};
pub use supervisor::{CHANNEL, Feeds, Supervisor};

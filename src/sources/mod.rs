//! Live feeds: each tells what it learns as events on one bounded channel.
//!
//! A source never ends the program and never gives up: it says how it is (live, stale, denied, not
//! installed) and tries again by itself. What is told means something only in the store.

mod cloudflare;
mod cluster;
mod feed;
mod handshakes;
mod instances;
mod measurements;
mod metrics;
mod outbox;
mod proxies;
mod resolvers;
mod supervisor;
mod watched;

pub use cloudflare::{Account, Cloudflare, Zones};
pub use instances::{Instances, instance};
pub use outbox::{Closed, Outbox};
pub use resolvers::{NameServer, Resolvers};
pub use supervisor::{CHANNEL, Feeds, Supervisor};

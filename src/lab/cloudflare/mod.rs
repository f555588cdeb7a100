//! Cloudflare's v4 API for one account: token verify, zones and their DNS records.
//!
//! Owns the records and the tokens of the lab's Cloudflare. What external-dns, the resolver and the
//! certificate authority see of DNS, they read from [`Zone`]. Knows nothing of Kubernetes.

mod answer;
mod api;
mod fault;
mod record;
mod token;
mod zone;

pub(crate) use api::router;
pub use fault::CloudflareFault;
pub(crate) use fault::Faults;
pub(crate) use record::Record;
pub(crate) use token::{Scope, Tokens};
pub(crate) use zone::Zone;

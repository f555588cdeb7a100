//! The Cloudflare client (API v4): the token, zones and their DNS records.
//!
//! [`Client`] reads, [`Writer`] is the only door for changes; what is published beside what is wanted
//! is for the store to say.

mod client;
mod error;
mod wire;
mod write;

pub use client::{API, Access, Client, TokenFound, TokenStatus, Zone, seen_address};
pub use error::Error;
pub use write::Writer;

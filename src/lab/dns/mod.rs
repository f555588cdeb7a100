//! A DNS server on loopback, UDP and TCP, authoritative for the lab's zone and resolving nothing else.
//!
//! Owns the wire and the rules of answering; every record comes from the lab's Cloudflare.

mod answer;
mod serve;

pub(crate) use serve::serve;

//! A DNS server on loopback, UDP and TCP, authoritative for the lab's zone and resolving nothing else.
//! It is the zone's name servers and everybody's resolver at once: who asks for recursion meets the
//! resolver, which can be let remember.
//!
//! Owns the wire and the rules of answering; every record comes from the lab's Cloudflare.

mod answer;
mod memory;
mod serve;

pub(crate) use memory::Memory;
pub(crate) use serve::serve;

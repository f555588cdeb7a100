//! The names of a cluster: what name servers answer, and what is changed at Cloudflare, each against the
//! lab's Cloudflare and DNS server.

mod answers;
mod changes;
mod desk;
mod keys;
mod refusals;
mod zones;

//! A Git host: a few repositories behind https, of which it advertises the references.
//!
//! It speaks as much of smart HTTP as `git ls-remote` needs (gitprotocol-http(5)); there are no
//! objects, so that nothing can be fetched or pushed. Which repository is open, private, empty or
//! elsewhere is a table.

mod repository;
mod serve;

pub(in crate::lab) use serve::Host;

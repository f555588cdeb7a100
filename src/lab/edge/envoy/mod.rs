//! The data plane: Envoy as Envoy Gateway would have set it up, read from the cluster's objects.
//!
//! A connection finds a proxy (`place`), a listener and its certificate (`listener`), each request
//! a route (`route`) and then a redirect or a pod (`backend`) that answers (`page`).

mod backend;
mod listener;
mod page;
mod place;
mod redirect;
mod route;
mod serve;
#[cfg(test)]
mod tests;

pub(super) use place::{Node, listens};
pub(super) use serve::serve;

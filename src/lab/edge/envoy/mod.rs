//! The data plane: Envoy as Envoy Gateway would have set it up, read from the cluster's objects.
//!
//! `admin` answers as Envoy's admin interface does, from what the proxy has taken in (`translate`)
//! and what it has served (`stats`).
//!
//! A connection finds a proxy (`place`), a listener and its certificate (`listener`), each request
//! a route (`route`) and then a redirect or a pod (`backend`) that answers (`page`).

mod admin;
mod backend;
mod listener;
mod page;
mod place;
mod redirect;
mod route;
mod serve;
mod stats;
#[cfg(test)]
mod tests;
mod translate;

pub(in crate::lab) use admin::door;
pub(super) use place::{Node, listens};
pub(super) use serve::serve;

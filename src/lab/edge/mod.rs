//! The network of the lab: public addresses on loopback, every way a connection can take from there
//! or between machines, and the proxy that answers at the ingress.
//!
//! [`Edge`] holds a listener for each public address and port that instances can have, [`Network`]
//! says where a connection leads, `envoy` serves what the cluster's Gateway says. Nothing here makes
//! objects or resources: all is read.
//!
//! Limits of the proxy: HTTP listeners and terminated TLS only; of filters it knows redirects, others
//! change nothing; a request's body goes nowhere; pods answer with one page each.

mod doors;
mod envoy;
mod network;

pub(in crate::lab) use doors::Edge;
pub(in crate::lab) use envoy::door as admin_door;
pub(in crate::lab) use network::Network;

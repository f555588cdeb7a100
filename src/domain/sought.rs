//! What is looked for outside of the cluster because of what stands in it: names to resolve, hosts to
//! shake hands with, proxies to ask. It follows from what is known, and sources go by it.

use std::net::IpAddr;

use jiff::Timestamp;

use super::line::Line;
use super::object::ObjectRef;

/// As many of each are looked for at most: the rest is left alone, and shown as not looked for.
pub const MOST: usize = 200;

/// All that is looked for now. Each list is sorted, without repetition, and [`MOST`] long at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Names to resolve.
    pub names: Vec<Name>,
    /// Hosts to shake hands with.
    pub hosts: Vec<Host>,
    /// Pods of proxies to ask.
    pub proxies: Vec<ObjectRef>,
}

/// A name, and the type of record that it should have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The name, without the trailing dot.
    pub name: Line,
    /// `A`, `AAAA` or `CNAME`.
    pub kind: Line,
    /// The zone that the name is published in, where one is known to be.
    pub zone: Line,
    /// What is published there, in order: once that changes, servers are asked anew.
    pub published: Vec<Line>,
}

/// A host name that is served over TLS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    /// The name, as a client asks for it.
    pub name: Line,
    /// The port.
    pub port: u16,
    /// The addresses at which it should be served; where there are none, those of its name.
    pub addresses: Vec<IpAddr>,
    /// From when on the certificate is valid that should stand there, where that is known: another
    /// one calls for another look.
    pub issued: Option<Timestamp>,
}

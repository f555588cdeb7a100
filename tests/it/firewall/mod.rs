//! The firewall that the bootstrap script lays, with the real iptables, between machines that are
//! network namespaces of a test's own.

mod rules;
mod world;

//! All integration tests in one binary, so that the program is linked once.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod cockpit;
#[cfg(test)]
mod config;
#[cfg(test)]
mod dns;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod firewall;
#[cfg(test)]
mod instances;
#[cfg(test)]
mod journey_screens;
#[cfg(test)]
mod kube_write;
#[cfg(test)]
mod lab_edge;
#[cfg(test)]
mod lab_kube;
#[cfg(test)]
mod lab_nodes;
#[cfg(test)]
mod lab_oci;
#[cfg(test)]
mod lab_terraform;
#[cfg(test)]
mod lab_world;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod nobody;
#[cfg(test)]
mod oci;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod preflight;
#[cfg(test)]
mod preflight_rest;
#[cfg(test)]
mod provision;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod render;
#[cfg(test)]
mod seat;
#[cfg(test)]
mod session;
#[cfg(test)]
mod ssh;
#[cfg(test)]
mod style;
#[cfg(test)]
mod terraform;
#[cfg(test)]
mod wizard;

//! k3scope: a terminal cockpit that takes a K3s cluster on Oracle Cloud (OCI) from nothing to a
//! served HTTPS page, and then stays on call.
//!
//! Each module is a layer; which may use which is a table in `tests/it/layers.rs`, drawn in
//! `ARCHITECTURE.md`. Data flows one way: sources and long tasks send [`domain::event::Event`]s,
//! one fold writes them into the store, and what shows them only reads.

pub mod app;
pub mod bootstrap;
pub mod cli;
pub mod clock;
pub mod cloudflare;
pub mod command;
pub mod config;
pub mod dns;
pub mod domain;
pub mod effect;
pub mod envoy;
pub mod keymap;
pub mod kube;
pub mod lab;
pub mod oci;
pub mod preflight;
pub mod provision;
pub mod render;
pub mod sources;
pub mod ssh;
pub mod store;
pub mod telemetry;
pub mod term;
pub mod theme;
pub mod ui;
pub mod web;
pub mod wizard;

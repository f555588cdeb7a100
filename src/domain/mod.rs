//! Plain data and what follows from it alone.
//!
//! Everything that the other layers talk about is named here, in the field's own words. No I/O, no
//! async, no clients, no screen: a value of this module can be made, compared and serialised
//! anywhere.

pub mod access;
pub mod action;
pub mod advice;
pub mod ailing;
pub mod allowance;
pub mod application;
pub mod argo_settings;
pub mod argo_words;
pub mod attachment;
pub mod bootstrap;
pub mod certificate;
pub mod checkup;
pub mod cluster_event;
pub mod comparison;
pub mod critical_path;
pub mod endpoints;
pub mod event;
pub mod external_secret;
pub mod forward;
pub mod handshake;
pub mod health_rule;
pub mod hunt;
pub mod idle;
pub mod instance;
pub mod issuance;
pub mod issuer;
pub mod journey;
pub mod line;
pub mod log_line;
pub mod node;
pub mod object;
pub mod plan;
pub mod planning;
pub mod pod;
pub mod policy;
pub mod preflight;
pub mod problem;
pub mod proof;
pub mod provision;
pub mod proxy;
pub mod quantity;
pub mod reading;
pub mod record;
pub mod reference_grant;
pub mod registry;
pub mod resolved;
pub mod route;
pub mod setup;
pub mod sought;
pub mod source;
pub mod sync_progress;
pub mod text;
pub mod topology;
pub mod tree;
pub mod units;
pub mod usage;

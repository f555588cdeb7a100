//! The feeds on good and bad days: against a scripted API server, the lab's, and whole scenarios.

mod api;
mod bad_days;
mod cloudflare;
mod handshakes;
mod kinds;
mod lab;
mod presented;
mod routes;
mod scenarios;
mod secrets;
mod session;
mod status;
pub(crate) mod visiting;

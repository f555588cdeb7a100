//! The feeds on good and bad days: against a scripted API server, the lab's, and whole scenarios.

mod api;
mod bad_days;
mod cloudflare;
mod kinds;
mod lab;
mod scenarios;
mod session;
mod status;

//! The machine under hand-picked answers, and under any.

mod bench;
mod fields;
mod files;
mod preflight;
mod properties;
mod questions;

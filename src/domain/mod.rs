//! Plain data and what follows from it alone.
//!
//! Everything that the other layers talk about is named here, in the field's own words. No I/O, no
//! async, no clients, no screen: a value of this module can be made, compared and serialised
//! anywhere.

pub mod allowance;
pub mod event;
pub mod plan;
pub mod problem;
pub mod provision;
pub mod text;
pub mod topology;
pub mod units;

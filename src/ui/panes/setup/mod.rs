//! The wizard's tab: its steps, the form of the present one, and beside it what that means.
//!
//! It draws the machine in [`crate::wizard`] and hands it keys; it decides nothing itself.

mod account;
mod aside;
mod checks;
mod form;
mod nodes;
mod review;
mod rows;
mod state;
mod steps;

pub use state::Setup;

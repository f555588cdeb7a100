//! The preflight: its runner, each check good and bad against the lab, and the command.

mod account;
mod clock;
mod program;
mod runner;
mod stage;

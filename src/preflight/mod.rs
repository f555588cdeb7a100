//! What is checked before money or time is spent: one check a file, one row each in [`checks`].
//!
//! The checks run at once, look only, and are told as events in the order in which they end. They
//! know neither the store nor a screen, and nothing here writes: what follows from a preflight (an
//! image pinned, a run refused) is its caller's to do.

mod answers;
mod check;
pub mod checks;
mod git;
mod https;
mod refusal;
mod registry;
mod room;
mod run;
mod scene;
mod zone;

pub use check::{Answer, Check, Finding, LIMIT, Obstacle};
pub use run::{Ended, run};
pub use scene::{Given, Scene, Shut};

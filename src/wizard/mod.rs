//! The wizard: six steps from nothing to a checked `cluster.toml`, as a pure machine.
//!
//! It holds what a person typed, says what is wrong with it and what it costs, and returns what it
//! wants to know as effects; answers come back as [`Facts`](crate::domain::setup::Facts). Under it
//! lies the file itself: every field edits a key, and `config` is the only judge of the result.
//! It knows no screen, no file and no network.

mod answers;
mod checks;
mod document;
mod draft;
mod engine;
mod field;
mod finish;
mod key;
mod machine;
mod money;
mod nodes;
mod outcome;
mod preflight;
mod press;
mod price;
mod remark;
mod steps;
mod suggest;

pub use answers::NodeRow;
pub use field::{Choice, Field, Kind};
pub use finish::Finish;
pub use key::{Column, FieldId, Key, Step};
pub use machine::{Base, Wizard};
pub use outcome::TOKEN_FILE;
pub use preflight::{Checking, FIELDS};
pub use remark::{Remark, State, Weight};
pub use steps::{Row, STEPS, row};

#[cfg(test)]
mod tests;

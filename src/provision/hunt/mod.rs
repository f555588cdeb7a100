//! Hunting for hosts with room, whichever engine launches: who launches where and when.
//!
//! Pure: no clock, no request, no event of its own sending. The direct engine sends what this decides
//! by signed requests (`direct::hunt`), the other by runs of Terraform (`terraform::hunt`).

mod ground;
mod rhythm;
mod state;
pub(super) mod words;

pub(super) use ground::Ground;
pub(super) use rhythm::Rhythm;
pub(super) use state::{Heard, Hunt, Turn, waits};

#[cfg(test)]
mod tests;

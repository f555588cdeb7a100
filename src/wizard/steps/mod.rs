//! The steps, one file and one row each: which fields it has, and what it says about them.

mod credentials;
mod names;
mod network;
mod nodes;
mod place;
mod review;
pub(super) mod shapes;

use super::field::Field;
use super::key::{Key, Step};
use super::machine::Wizard;
use super::remark::Remark;

/// A step.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub step: Step,
    /// Its name.
    pub title: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// The first of its fields.
    pub(super) first: Key,
    /// Its fields as they are now.
    pub(super) fields: fn(&Wizard) -> Vec<Field>,
    /// What it says besides what is wrong with the file.
    pub(super) remarks: fn(&Wizard) -> Vec<Remark>,
}

/// All steps, in order.
pub const STEPS: &[Row] = &[
    credentials::ROW,
    place::ROW,
    nodes::ROW,
    network::ROW,
    names::ROW,
    review::ROW,
];

/// The row of a step.
pub fn row(step: Step) -> &'static Row {
    let found = STEPS.iter().find(|row| row.step == step);
    found.unwrap_or(&credentials::ROW)
}

//! What is to be said about what stands in the fields, and how a step is.

use super::key::{FieldId, Step};
use crate::domain::problem::Problem;

/// How much a remark matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Note,
    /// It is being found out.
    Busy,
    /// Worth a thought; it holds nobody up.
    Warn,
    /// It must be put right before anything is written.
    Stop,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The step that it belongs to.
    pub step: Step,
    /// The field, where it belongs to one.
    pub field: Option<FieldId>,
    /// How much it matters.
    pub weight: Weight,
    /// What is to be said.
    pub text: String,
}

impl Remark {
    /// A remark about a field.
    pub(super) fn on(field: impl Into<FieldId>, weight: Weight, text: impl Into<String>) -> Self {
        let field = field.into();
        Self {
            step: field.step(),
            field: Some(field),
            weight,
            text: text.into(),
        }
    }

    /// A remark about a step as a whole.
    pub(super) fn of(step: Step, weight: Weight, text: impl Into<String>) -> Self {
        Self {
            step,
            field: None,
            weight,
            text: text.into(),
        }
    }
}

/// A problem as one text: what did not work, why, what to do.
pub(super) fn sentences(problem: &Problem) -> String {
    let bare = |text: &str| text.trim().trim_end_matches('.').to_owned();
    let mut text = bare(&problem.title);
    for (before, part) in [(": ", &problem.detail), (". ", &problem.next)] {
        let part = bare(part);
        if !part.is_empty() {
            text = text + before + &part;
        }
    }
    text
}

/// How a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody was there yet.
    Open,
    /// Something is being found out.
    Busy,
    /// All is well.
    Ready,
    /// Something is worth a thought.
    Warned,
    /// Something must be put right.
    Broken,
}

impl State {
    /// What remarks make of a step that somebody has seen.
    pub(super) fn of<'r>(remarks: impl Iterator<Item = &'r Remark>) -> Self {
        match remarks.map(|remark| remark.weight).max() {
            Some(Weight::Stop) => Self::Broken,
            Some(Weight::Warn) => Self::Warned,
            Some(Weight::Busy) => Self::Busy,
            Some(Weight::Note) | None => Self::Ready,
        }
    }
}

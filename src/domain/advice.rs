//! What is not as it should be, in plain words, and what to do about it.

use super::object::Severity;

/// One thing that is not well, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How much it matters.
    pub severity: Severity,
    /// What is so, in one sentence.
    pub why: String,
    /// What to do, in one sentence; empty where there is nothing to do but wait.
    pub next: String,
}

impl Advice {
    /// Something does not work.
    pub fn critical(why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            severity: Severity::Critical,
            why: why.into(),
            next: next.into(),
        }
    }

    /// Something works, and is not as it should be.
    pub fn warning(why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::critical(why, next)
        }
    }
}

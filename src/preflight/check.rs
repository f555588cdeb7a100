//! What a check is, and what it can come to.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

use super::scene::Scene;
use crate::domain::line::Line;
use crate::domain::preflight::{Listed, Verdict};
use crate::oci;

/// How long a check may take, unless it says otherwise.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A check: what it proves, and how.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// What it proves, in one sentence.
    pub proves: &'static str,
    /// What it comes to when it cannot be told: refused, timed out, broken down.
    pub unknown: Verdict,
    /// How long it may take.
    pub limit: Duration,
    /// Looks.
    pub run: for<'a> fn(&'a Scene) -> BoxFuture<'a, Answer>,
}

/// What a check found, or why it could not look.
pub type Answer = Result<Finding, Obstacle>;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// The evidence, in one line.
    pub evidence: Line,
    /// What to do next; empty where nothing is.
    pub next: Line,
}

/// Why a check could not look.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// It needs something that is missing, or that another check has found wrong.
    Needs(Line),
    /// OCI did not answer what was asked (`list the images`).
    Refused {
        /// What was asked.
        what: &'static str,
        /// What came instead.
        error: Box<oci::Error>,
    },
}

impl Check {
    /// The check as it is announced.
    pub fn listed(&self) -> Listed {
        Listed {
            name: self.name.into(),
            proves: self.proves.into(),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}

impl Finding {
    /// As it should be.
    pub fn passed(evidence: impl Into<Line>) -> Self {
        Self::new(Verdict::Passed, evidence)
    }

    /// Nothing wrong, but worth knowing.
    pub fn informs(evidence: impl Into<Line>) -> Self {
        Self::new(Verdict::Informs, evidence)
    }

    /// The run can begin, and may be regretted.
    pub fn warns(evidence: impl Into<Line>) -> Self {
        Self::new(Verdict::Warns, evidence)
    }

    /// The run must not begin.
    pub fn blocks(evidence: impl Into<Line>) -> Self {
        Self::new(Verdict::Blocks, evidence)
    }

    /// Of this weight.
    pub fn new(verdict: Verdict, evidence: impl Into<Line>) -> Self {
        Self {
            verdict,
            evidence: evidence.into(),
            next: Line::default(),
        }
    }

    /// With what to do next.
    #[must_use]
    pub fn next(self, next: impl Into<Line>) -> Self {
        Self {
            next: next.into(),
            ..self
        }
    }
}

impl Obstacle {
    /// It needs what `why` says is missing.
    pub fn needs(why: impl Into<Line>) -> Self {
        Self::Needs(why.into())
    }

    /// For `map_err`: what was asked when OCI refused.
    pub(super) fn refused(what: &'static str) -> impl FnOnce(oci::Error) -> Self {
        move |error| Self::Refused {
            what,
            error: Box::new(error),
        }
    }

    /// Whether OCI was not reached at all.
    pub(super) fn is_unreached(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if matches!(**error, oci::Error::Transport { .. }))
    }
}

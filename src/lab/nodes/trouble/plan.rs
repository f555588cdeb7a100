//! A trouble as a scenario plans it.

use std::time::Duration;

use serde::Deserialize;

use super::kind::{Moment, Trouble};
use crate::lab::scenario::span;

/// A trouble that is to come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedTrouble {
    /// What.
    pub what: Trouble,
    /// The role or name of the nodes that it befalls; those that it usually befalls when absent.
    #[serde(default)]
    pub node: Option<String>,
    /// The stage of the script after which it comes, or `joined`; when it usually comes when absent.
    #[serde(default)]
    pub when: Option<String>,
    /// How long after that, at the lab's pace.
    #[serde(default, deserialize_with = "span::maybe")]
    pub after: Option<Duration>,
}

impl PlannedTrouble {
    /// A trouble that comes as it usually does.
    pub(in crate::lab) fn usual(what: Trouble) -> Self {
        Self {
            what,
            node: None,
            when: None,
            after: None,
        }
    }

    /// The moment at which it comes; none when it holds from the start.
    pub(super) fn moment(&self) -> Option<Moment<'_>> {
        match self.when.as_deref() {
            None => self.what.moment(),
            Some("joined") => Some(Moment::Joined),
            Some(stage) => Some(Moment::Stage(stage)),
        }
    }

    /// Whom it befalls.
    pub(super) fn whom(&self) -> Option<&str> {
        self.node.as_deref().or_else(|| self.what.role())
    }
}

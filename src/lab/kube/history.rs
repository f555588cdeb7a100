//! The latest changes of all objects, in a ring of bounded length.
//!
//! Watches read from it where they left off, and lists of an earlier resource version are
//! reconstructed from it; what has fallen out of it is "too old" (410 Gone).

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

/// As many changes as a watch may fall behind.
const LENGTH: usize = 4096;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// It was not there before.
    Added,
    /// It was there and still is.
    Modified,
    /// It is gone; the change holds its last state.
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The resource version that the change made.
    pub(super) revision: u64,
    /// `pods`, `applications.argoproj.io`.
    pub(super) resource: String,
    /// What happened.
    pub(super) kind: ChangeKind,
    /// The object after the change.
    pub(super) object: Arc<Value>,
    /// The object before it.
    pub(super) previous: Option<Arc<Value>>,
}

/// A resource version from before the oldest change that is still known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {asked} ({oldest})")]
pub(super) struct TooOld {
    /// What was asked for.
    pub(super) asked: u64,
    /// The oldest that can be answered.
    pub(super) oldest: u64,
}

/// The ring.
#[derive(Debug, Default)]
pub(super) struct History {
    changes: VecDeque<Change>,
    forgotten: u64,
}

impl History {
    /// Adds the latest change.
    pub(super) fn push(&mut self, change: Change) {
        if self.changes.len() >= LENGTH
            && let Some(oldest) = self.changes.pop_front()
        {
            self.forgotten = oldest.revision;
        }
        self.changes.push_back(change);
    }

    /// Drops every change up to and including `revision`.
    pub(super) fn forget(&mut self, revision: u64) {
        self.changes.retain(|change| change.revision > revision);
        self.forgotten = self.forgotten.max(revision);
    }

    /// Changes of a resource after `since`, in their order.
    pub(super) fn oldest_first(&self, resource: &str, since: u64) -> Result<Vec<Change>, TooOld> {
        Ok(self
            .after(since)?
            .filter(|change| change.resource == resource)
            .cloned()
            .collect())
    }

    /// Changes of a resource after `since`, latest first.
    pub(super) fn newest_first(
        &self,
        resource: &str,
        since: u64,
    ) -> Result<impl Iterator<Item = &Change>, TooOld> {
        Ok(self
            .after(since)?
            .rev()
            .filter(move |change| change.resource == resource))
    }

    fn after(&self, since: u64) -> Result<impl DoubleEndedIterator<Item = &Change>, TooOld> {
        if since < self.forgotten {
            return Err(TooOld {
                asked: since,
                oldest: self.forgotten,
            });
        }
        let start = self
            .changes
            .partition_point(|change| change.revision <= since);
        Ok(self.changes.range(start..))
    }
}

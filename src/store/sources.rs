//! How each live feed is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::source::{SourceId, SourceStatus};

/// The status of every feed; one that was never heard of is off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sources {
    known: BTreeMap<SourceId, Source>,
}

/// One feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// How it is.
    pub status: SourceStatus,
    /// Since when it is so.
    pub since: Timestamp,
}

impl Sources {
    /// How a feed is.
    pub fn status(&self, id: SourceId) -> &SourceStatus {
        self.known
            .get(&id)
            .map_or(&SourceStatus::Off, |source| &source.status)
    }

    /// All feeds that were ever heard of, with their status.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.known.iter().map(|(id, source)| (*id, source))
    }

    /// Whether every feed has either told all that it has or said that it will not.
    pub fn are_settled(&self) -> bool {
        !self.known.is_empty() && self.known.values().all(|source| source.status.is_settled())
    }

    /// Where a feed is stale: since when what it shows is old.
    pub fn stale_since(&self, id: SourceId) -> Option<Timestamp> {
        match self.status(id) {
            SourceStatus::Stale { since, .. } => Some(*since),
            SourceStatus::Off
            | SourceStatus::Connecting
            | SourceStatus::Live
            | SourceStatus::Denied { .. }
            | SourceStatus::NotInstalled { .. } => None,
        }
    }

    pub(super) fn set(&mut self, id: SourceId, status: SourceStatus, at: Timestamp) {
        let since = self
            .known
            .get(&id)
            .filter(|known| known.status.word() == status.word())
            .map_or(at, |known| known.since);
        self.known.insert(id, Source { status, since });
    }
}

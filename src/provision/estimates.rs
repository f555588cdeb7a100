//! How long things took in earlier runs on this cluster: what a screen may promise of the next.

use std::collections::HashMap;
use std::path::Path;

use crate::domain::plan::{Action, ResourceKind};

use super::journal::{self, Entry, JournalError};

/// The median time of each action on each kind of resource, from its request to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimates {
    seconds: HashMap<(ResourceKind, Action), u64>,
}

impl Estimates {
    /// What the journals in `folder` tell of `cluster`; nothing where there are none.
    pub fn from_journals(folder: &Path, cluster: &str) -> Result<Self, JournalError> {
        let lines = journal::lines(folder, cluster)?;
        Ok(Self::of(lines.iter().map(|line| &line.entry)))
    }

    fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut times: HashMap<(ResourceKind, Action), Vec<u64>> = HashMap::new();
        for entry in entries {
            if let Entry::Ready {
                kind,
                action,
                millis,
                ..
            } = entry
            {
                times.entry((*kind, *action)).or_default().push(*millis);
            }
        }
        let seconds = times
            .into_iter()
            .filter_map(|(what, times)| Some((what, median(times)?.div_ceil(1_000))));
        Self {
            seconds: seconds.collect(),
        }
    }

    /// Seconds that `action` on a resource of this kind takes, where that is known.
    pub fn seconds(&self, kind: ResourceKind, action: Action) -> Option<u64> {
        self.seconds.get(&(kind, action)).copied()
    }
}

/// The middle one; of two, the longer.
fn median(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::ResourceKey;

    fn ready(kind: ResourceKind, action: Action, millis: u64) -> Entry {
        let key = ResourceKey::new("one");
        Entry::Ready {
            key,
            kind,
            action,
            millis,
        }
    }

    #[test]
    fn an_estimate_is_the_median_of_what_was_done_to_its_kind() {
        let entries = [
            ready(ResourceKind::Instance, Action::Create, 90_000),
            ready(ResourceKind::Instance, Action::Create, 40_000),
            ready(ResourceKind::Instance, Action::Create, 41_200),
            ready(ResourceKind::Instance, Action::Delete, 7_000),
            ready(ResourceKind::Vcn, Action::Create, 300),
        ];
        let estimates = Estimates::of(entries.iter());
        let of = |kind, action| estimates.seconds(kind, action);
        assert_eq!(of(ResourceKind::Instance, Action::Create), Some(42));
        assert_eq!(of(ResourceKind::Instance, Action::Delete), Some(7));
        assert_eq!(of(ResourceKind::Vcn, Action::Create), Some(1));
        assert_eq!(of(ResourceKind::Vcn, Action::Delete), None);
    }
}

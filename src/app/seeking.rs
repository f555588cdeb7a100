//! Tells the sources that look outside of the cluster what to look for, as the store learns it.

use tokio::sync::watch;

use crate::domain::sought::Sought;
use crate::store::{Store, sought};

/// Follows a store for them.
#[derive(Debug)]
pub struct Seeker {
    told: watch::Sender<Sought>,
    revision: Option<u64>,
}

impl Seeker {
    /// One that has told nothing yet, and what it tells.
    pub fn new() -> (Self, watch::Receiver<Sought>) {
        let (told, heard) = watch::channel(Sought::default());
        let seeker = Self {
            told,
            revision: None,
        };
        (seeker, heard)
    }

    /// Tells what follows from the store, where that is something else than before.
    pub fn look(&mut self, store: &Store) {
        let revision = sought::revision(store);
        if self.revision.replace(revision) == Some(revision) {
            return;
        }
        let now = sought::sought(store);
        self.told.send_if_modified(|before| {
            let is_other = *before != now;
            if is_other {
                *before = now;
            }
            is_other
        });
    }
}

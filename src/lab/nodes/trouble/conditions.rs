//! Troubles that hold as long as nobody ends them, whatever machines come and go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kind::Trouble;

/// What holds, and for whom: a role or a name, or everyone; clones share it.
#[derive(Clone, Debug, Default)]
pub(in crate::lab::nodes) struct Conditions(Arc<Mutex<BTreeMap<Trouble, Option<String>>>>);

impl Conditions {
    /// It holds from now on.
    pub(super) fn begin(&self, what: Trouble, whom: Option<&str>) {
        self.lock().insert(what, whom.map(str::to_owned));
    }

    /// It holds no more.
    pub(super) fn end(&self, what: Trouble) {
        self.lock().remove(&what);
    }

    /// Whether it holds for anyone.
    pub(super) fn holds(&self, what: Trouble) -> bool {
        self.lock().contains_key(&what)
    }

    /// Whether it holds for a machine of this name and role.
    pub(in crate::lab::nodes) fn befall(
        &self,
        what: Trouble,
        (name, role): (&str, Option<&str>),
    ) -> bool {
        let all = self.lock();
        let whom = all.get(&what);
        whom.is_some_and(|whom| {
            let whom = whom.as_deref();
            whom.is_none() || whom == Some(name) || whom == role
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Trouble, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What was asked of authorisation: writes only, the youngest kept.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::request::Target;

/// Writes that are kept.
const MOST: usize = 1_000;

/// One write that authorisation decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorised {
    /// Who.
    pub user: String,
    /// Such as `patch`.
    pub verb: String,
    /// Such as `applications.argoproj.io`, with its subresource: `pods/eviction`.
    pub resource: String,
    /// Namespace and name, as far as the request names them: `argocd/docs-app`.
    pub object: String,
    /// Whether it was allowed.
    pub allowed: bool,
}

/// The writes that were asked for.
#[derive(Debug, Default)]
pub(super) struct Audit(Mutex<VecDeque<Authorised>>);

impl Audit {
    pub(super) fn note(&self, (user, allowed): (&str, bool), verb: &str, target: &Target) {
        let resource = match target.group.as_str() {
            "" => target.resource(),
            group => format!("{}.{group}", target.resource()),
        };
        let parts = [&target.namespace, &target.name];
        let object: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let mut kept = self.lock();
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back(Authorised {
            user: user.to_owned(),
            verb: verb.to_owned(),
            resource,
            object: object.join("/"),
            allowed,
        });
    }

    pub(super) fn all(&self) -> Vec<Authorised> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Authorised>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

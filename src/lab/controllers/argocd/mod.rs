//! Argo CD's application controller: compare, sync in waves, heal, and say how things stand.
//!
//! What a source yields comes from the table of sources; everything else follows from live objects.

mod application;
mod apply;
mod compare;
mod deletion;
mod health;
mod outcome;
mod sync;

pub(super) use apply::{How, apply, resource_of};

use super::world::Pass;

const SPACE: &str = "argocd";
const APPLICATIONS: &str = "applications.argoproj.io";
const COMPONENT: &str = "argocd-application-controller";

pub(super) fn reconcile(pass: &Pass<'_>) {
    if !pass.runs("statefulsets.apps", SPACE, COMPONENT) {
        return;
    }
    for application in pass.list(APPLICATIONS) {
        if super::object::text(&application, "/metadata/deletionTimestamp").is_empty() {
            application::reconcile(pass, &application);
        } else {
            deletion::cascade(pass, &application);
        }
    }
}

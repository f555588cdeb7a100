//! What a cursor finds in the full view of an Application, and how it is named there.

use crate::domain::application::{AppResource, Application, Deployment};
use crate::domain::object::ObjectRef;
use crate::domain::pod::Pod;
use crate::store::Store;

/// One thing in the full view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui::panes) enum Spot<'a> {
    /// A resource of this application, or of one that it made.
    Resource {
        /// Whose.
        app: &'a Application,
        /// Which.
        resource: &'a AppResource,
    },
    /// A pod below a resource.
    Pod(&'a Pod),
    /// A deployment of its history.
    Deployment(&'a Deployment),
}

// No name in the API has this character.
const BETWEEN: char = '|';

/// How a resource is named.
pub(super) fn of_resource(app: &Application, resource: &AppResource) -> String {
    let AppResource {
        group, kind, id, ..
    } = resource;
    let parts = [
        "resource",
        &app.id.namespace,
        &app.id.name,
        group,
        kind,
        &id.namespace,
        &id.name,
    ];
    parts.join(&BETWEEN.to_string())
}

/// How a pod is named.
pub(super) fn of_pod(pod: &Pod) -> String {
    format!("pod{BETWEEN}{}{BETWEEN}{}", pod.id.namespace, pod.id.name)
}

/// How a deployment is named.
pub(super) fn of_deployment(deployment: &Deployment) -> String {
    format!("deployment{BETWEEN}{}", deployment.id)
}

impl<'a> Spot<'a> {
    /// What is named so, as far as it is still there.
    pub(super) fn find(named: &str, row: &'a Application, store: &'a Store) -> Option<Self> {
        let parts: Vec<&str> = named.split(BETWEEN).collect();
        match parts.as_slice() {
            ["deployment", id] => {
                let id: i64 = id.parse().ok()?;
                let found = row.history.iter().find(|it| it.id == id)?;
                Some(Self::Deployment(found))
            }
            ["pod", namespace, name] => {
                let id = ObjectRef::new(*namespace, *name);
                store.pods.get(&id).map(Self::Pod)
            }
            ["resource", namespace, name, ..] => {
                let id = ObjectRef::new(*namespace, *name);
                let app = if row.id == id {
                    row
                } else {
                    store.applications.get(&id)?
                };
                let is_it = |it: &&AppResource| of_resource(app, it) == named;
                let resource = app.resources.iter().find(is_it)?;
                Some(Self::Resource { app, resource })
            }
            _ => None,
        }
    }

    /// Its name, for copying.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Resource { resource, .. } => resource.id.name.to_string(),
            Self::Pod(pod) => pod.id.name.to_string(),
            Self::Deployment(deployment) => deployment.revision.to_string(),
        }
    }
}

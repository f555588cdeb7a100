//! What is asked of a sync.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::application::AppResource;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// What of an Application is to be synced, and how (`operation.sync` of Argo CD's Application).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncWish {
    /// The only resources; all where there is none.
    pub resources: Vec<SyncResource>,
    /// Delete what Git no longer has.
    pub prune: bool,
    /// Change nothing; only see whether the server would take it.
    pub dry_run: bool,
    /// Delete and make anew what cannot be changed in place.
    pub force: bool,
}

/// One resource of an Application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncResource {
    /// API group; empty for the core group.
    pub group: Line,
    /// Kind.
    pub kind: Line,
    /// Which.
    pub id: ObjectRef,
}

impl From<&AppResource> for SyncResource {
    fn from(resource: &AppResource) -> Self {
        Self {
            group: resource.group.clone(),
            kind: resource.kind.clone(),
            id: resource.id.clone(),
        }
    }
}

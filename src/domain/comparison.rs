//! What one resource is, field by field, against what was applied last, as far as the cluster tells.
//!
//! What Git wants is not known to the cluster: Argo CD keeps the manifests in its repo-server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::application::AppResource;
use super::line::Line;
use super::object::ObjectRef;

/// A resource of any kind.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct ResourceRef {
    /// API group; empty for the core group.
    pub group: Line,
    /// Version of the API.
    pub version: Line,
    /// Kind.
    pub kind: Line,
    /// Which.
    pub id: ObjectRef,
}

impl From<&AppResource> for ResourceRef {
    fn from(resource: &AppResource) -> Self {
        Self {
            group: resource.group.clone(),
            version: resource.version.clone(),
            kind: resource.kind.clone(),
            id: resource.id.clone(),
        }
    }
}

/// What was found of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Which.
    pub of: ResourceRef,
    /// What.
    pub found: Compared,
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "compared", rename_all = "snake_case")]
pub enum Compared {
    /// It was compared.
    Fields {
        /// With what.
        basis: Basis,
        /// What differs; nothing where all is the same.
        differences: Vec<Difference>,
    },
    /// It is a Secret, and was compared with the manifest that was applied last: of its values nothing
    /// is told but this.
    Keys {
        /// Each key, in order.
        keys: Vec<SecretKey>,
    },
    /// It is not there.
    Missing,
    /// It cannot be compared, because of this.
    Cannot {
        /// In words.
        why: Line,
    },
}

/// What a live object is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The manifest that was applied last, which the object keeps in an annotation.
    LastApplied,
    /// Who owns which field: what others than Argo CD have set.
    Owners,
}

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Where, as `spec.template.spec.containers[name=docs].image`.
    pub field: Line,
    /// What was applied; absent where that is not known.
    pub applied: Option<Line>,
    /// What is there; absent where nothing is.
    pub live: Option<Line>,
    /// Who set it, where that is known.
    pub by: Line,
}

/// A key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretKey {
    /// The key.
    pub name: Line,
    /// How its values agree.
    pub standing: Standing,
}

/// How a value that is there agrees with the one that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They are the same.
    #[strum(to_string = "as applied")]
    Equal,
    /// They are not.
    #[strum(to_string = "differs from what was applied")]
    Differs,
    /// It is there, and was not applied.
    #[strum(to_string = "only there, not applied")]
    OnlyLive,
    /// It was applied, and is not there.
    #[strum(to_string = "applied, and not there")]
    OnlyApplied,
}

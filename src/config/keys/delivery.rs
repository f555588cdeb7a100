//! What the nodes begin with: K3s itself, and where Argo CD finds what to deliver.
//!
//! Holds what the file says; what is laid on a node is `render`'s to make of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes;
use crate::config::SecretRef;

/// The Git repository that Argo CD delivers from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GitopsTable {
    /// The repository's URL, without a password in it; without this key Argo CD begins with nothing
    /// to deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::repository_url")]
    pub repository: Option<String>,
    /// The branch, tag or commit that counts.
    #[schemars(schema_with = "shapes::revision")]
    pub revision: String,
    /// The folder of the repository in which the applications stand (`apps` in it holds the root).
    #[schemars(schema_with = "shapes::folder")]
    pub path: String,
    /// Where the token is found that reads the repository, if it is not open to everybody; never the
    /// token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::secret")]
    pub token: Option<SecretRef>,
}

impl Default for GitopsTable {
    fn default() -> Self {
        Self {
            repository: None,
            revision: "main".to_owned(),
            path: "argocd".to_owned(),
            token: None,
        }
    }
}

/// Where the certificates of the hosts come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CertificatesTable {
    /// Whom Let's Encrypt writes to when a certificate is in danger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::email")]
    pub email: Option<String>,
    /// Which of Let's Encrypt's two services signs: `production`, or `staging` for trying out.
    pub issuer: Issuer,
}

/// One of Let's Encrypt's services.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[schemars(inline)]
pub enum Issuer {
    /// Browsers trust it; it limits how often a set of names is signed.
    #[default]
    Production,
    /// Nobody trusts it, and its limits are wide.
    Staging,
}

/// The K3s that is installed on every node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct K3sTable {
    /// Its version, such as `v1.36.4+k3s1`.
    #[schemars(schema_with = "shapes::k3s_version")]
    pub version: String,
    /// SHA-256 of that version's `k3s-arm64`; without it, the nodes check against the list that the
    /// release publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::sha256")]
    pub sha256: Option<String>,
}

impl Default for K3sTable {
    fn default() -> Self {
        Self {
            version: "v1.36.4+k3s1".to_owned(),
            sha256: None,
        }
    }
}

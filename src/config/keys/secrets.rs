//! How secrets get into the cluster, and the registry that its pods draw images from.
//!
//! Holds what the file says: where a secret is found, never what it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes;
use crate::config::SecretRef;

/// How the nodes begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapTable {
    /// How Argo CD gets the token of a private repository: `kubernetes-api` (placed as soon as the
    /// API answers) or `user-data` (laid on the server, where pods could read it).
    pub secrets: SecretsBy,
}

/// The way by which the secret of the repository gets into the cluster.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[schemars(inline)]
pub enum SecretsBy {
    /// Through the Kubernetes API, as soon as it answers.
    #[default]
    KubernetesApi,
    /// In the server's user data, which stays readable for the life of the instance.
    UserData,
}

/// A private registry: a pull secret named `registry-credentials` is placed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryTable {
    /// Its host, with a port where it has one of its own, such as `ghcr.io`.
    #[schemars(schema_with = "shapes::registry")]
    pub server: String,
    /// Whom it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::text")]
    pub username: Option<String>,
    /// Where that user's token is found; never the token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::secret")]
    pub token: Option<SecretRef>,
    /// The namespaces that get the pull secret.
    #[schemars(schema_with = "shapes::namespaces")]
    pub namespaces: Vec<String>,
}

impl Default for RegistryTable {
    fn default() -> Self {
        Self {
            server: "ghcr.io".to_owned(),
            username: None,
            token: None,
            namespaces: vec!["docs".to_owned()],
        }
    }
}

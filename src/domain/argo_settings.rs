//! How Argo CD is set up, as far as its `ConfigMaps` tell and failures follow from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArgoSettings {
    /// argocd-server speaks plain HTTP (`server.insecure`), as it must behind a proxy that ends TLS.
    pub plain_http: bool,
    /// Kustomize may render Helm charts (`kustomize.buildOptions`).
    pub renders_helm: bool,
    /// Applications have a health of their own, so that a parent waits for its children
    /// (`resource.customizations.health.argoproj.io_Application`).
    pub children_have_health: bool,
}

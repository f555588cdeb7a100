//! What K3s, Argo CD, cert-manager, external-dns, external-secrets and Envoy Gateway write.
//!
//! Each file reads objects and writes objects, at one moment that the caller names; nothing here
//! waits or serves. [`World`] is what they share, [`supervise`] what keeps them going. What a chart
//! or a path yields is a table (`assets/lab/sources.toml`): nothing is rendered.

mod argocd;
mod cert_manager;
pub(crate) mod data_plane;
mod deployments;
mod endpoints;
mod external_dns;
mod external_secrets;
mod gateway;
mod helm;
mod images;
mod jobs;
mod k3s;
mod logs;
mod node_password;
pub(crate) mod object;
mod pods;
mod replicas;
mod scheduler;
mod sources;
mod supervise;
#[cfg(test)]
mod tests;
mod underlay;
mod world;

pub(crate) use cert_manager::Authority;
pub(crate) use k3s::{NodeSpec, join, report};
pub(crate) use logs::Logs;
pub(crate) use node_password::{admits, remember};
pub(crate) use supervise::{settle, supervise};
pub(crate) use underlay::Underlay;
pub(crate) use world::World;

/// An embedded table or manifest that cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub(crate) struct AssetError {
    file: String,
    reason: String,
}

impl AssetError {
    pub(crate) fn new(file: &str, reason: &str) -> Self {
        Self {
            file: file.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

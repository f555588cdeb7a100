//! The keys that the operator's SSH agent holds. It signs for nobody here.

use russh::keys::HashAlg;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;

/// The SHA-256 fingerprints (`SHA256:…`) of the keys in the agent that `SSH_AUTH_SOCK` names; none
/// where there is no agent or it does not answer.
pub async fn agent_keys() -> Vec<String> {
    let socket = std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
    let Some(socket) = socket else {
        return Vec::new();
    };
    let keys = match AgentClient::connect_uds(socket).await {
        Ok(mut agent) => agent.request_identities().await,
        Err(error) => Err(error),
    };
    let keys = keys.unwrap_or_else(|error| {
        tracing::debug!(%error, "no agent");
        Vec::new()
    });
    keys.into_iter()
        .filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        })
        .map(|key| key.fingerprint(HashAlg::Sha256).to_string())
        .collect()
}

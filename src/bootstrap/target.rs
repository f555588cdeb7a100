//! What is followed, and with what.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use super::secrets;
use crate::config::{DnsProvider, Loaded};
use crate::domain::topology::Topology;
use crate::kube::Access;
use crate::oci;
use crate::ssh::{Dial, Login};

/// The user that cloud images of Ubuntu let in.
const USER: &str = "ubuntu";
/// No token is longer, in bytes.
const LONGEST_TOKEN: usize = 4_096;

/// A cluster whose nodes are followed.
#[derive(Clone)]
pub struct Target {
    /// The signed client.
    pub client: oci::Client,
    /// Where the cluster's instances stand.
    pub compartment: String,
    /// The cluster that is wanted.
    pub topology: Topology,
    /// Whether a Git repository delivers the cluster's content.
    pub delivers: bool,
    /// The hosts that must answer in the end; none without a domain, or without a repository that
    /// would deliver what answers.
    pub hosts: Vec<String>,
    /// Whether Secrets are placed by the Kubernetes API.
    pub places: bool,
    /// Whether the cluster may be changed for that.
    pub access: Access,
    /// Where those Secrets are found.
    pub loaded: Arc<Loaded>,
    /// The workspace's `.k3scope/`.
    pub state: PathBuf,
    /// Whom to log in as.
    pub login: Login,
    /// `[dial]`: where a connection to `host:port` goes instead.
    pub dial: BTreeMap<String, SocketAddr>,
    /// The resolver to ask instead of the system's.
    pub resolver: Option<SocketAddr>,
    /// A file of further certificate authorities for the check of the hosts.
    pub authorities: Option<PathBuf>,
}

impl Target {
    /// What `loaded` says of `topology`; `client` and `compartment` are those that provisioning uses,
    /// `state` is the workspace's own folder. `passphrase` opens the SSH key; where none is given,
    /// `K3SCOPE_SSH_PASSPHRASE` of the environment or an agent does.
    pub fn of(
        loaded: &Loaded,
        (client, compartment): (oci::Client, String),
        topology: Topology,
        state: PathBuf,
        passphrase: Option<SecretString>,
    ) -> Self {
        let config = &loaded.config;
        let agent = std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty());
        let of_environment = || std::env::var("K3SCOPE_SSH_PASSPHRASE").ok();
        let passphrase = passphrase.or_else(|| of_environment().map(SecretString::from));
        let hosts = [&config.dns.hosts.docs, &config.dns.hosts.argocd];
        let named = config.dns.provider != DnsProvider::None;
        let delivers = config.gitops.repository.is_some();
        Self {
            delivers,
            places: secrets::any(config),
            access: Access::default(),
            loaded: Arc::new(loaded.clone()),
            client,
            compartment,
            topology,
            hosts: hosts
                .into_iter()
                .filter(|_| named && delivers)
                .flatten()
                .cloned()
                .collect(),
            state,
            login: Login::new(USER, &config.ssh.private_key)
                .with_passphrase(passphrase)
                .with_agent(agent.map(PathBuf::from)),
            dial: config.dial.clone(),
            resolver: config.endpoints.resolver,
            authorities: config.endpoints.certificate_authority.clone(),
        }
    }

    /// The same, for a cluster that may be changed only as far as `access` says.
    #[must_use]
    pub fn with_access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// The file of pinned host keys.
    pub fn pins(&self) -> PathBuf {
        self.state.join("known_hosts")
    }

    /// The file of the cluster's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.state.join("kubeconfig")
    }

    /// `[dial]` as the SSH client takes it.
    pub(super) fn dialling(&self) -> Dial {
        Dial::new(self.dial.clone())
    }

    /// The token that agents join with, where this workspace has it: it is known so that it can be
    /// kept out of what is shown.
    pub(super) fn agent_token(&self) -> Option<SecretString> {
        let text = std::fs::read_to_string(self.state.join("secrets").join("agent-token")).ok()?;
        let token = text.trim();
        (token.len() <= LONGEST_TOKEN).then(|| SecretString::from(token))
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("cluster", &self.topology.cluster)
            .field("state", &self.state)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

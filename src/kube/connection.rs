//! The connection that a kubeconfig describes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config};
use tokio::sync::OnceCell;

use super::fault::Fault;
use super::kind::ApiName;
use super::way::{self, Way};
use crate::domain::event::ClusterInfo;
use crate::domain::line::Line;

/// Which cluster, as whom, and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The kubeconfig file; `KUBECONFIG` and then `~/.kube/config` where it is not given.
    pub kubeconfig: Option<PathBuf>,
    /// Its context; the current one where it is not given.
    pub context: Option<String>,
    /// The only namespace to look at.
    pub namespace: Option<String>,
}

/// A kubeconfig that does not lead to a connection.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ConnectError {
    what: String,
    /// What to do about it.
    pub next: &'static str,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Nothing is sent before the first request: a cluster that is down is still a connection.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    /// The context's name.
    pub context: Line,
    /// The API server's address.
    pub server: Line,
    /// The only namespace to look at.
    pub namespace: Option<String>,
    version: Arc<OnceCell<Line>>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

impl Connection {
    /// The connection to `target`, at the address that the kubeconfig names.
    pub async fn open(target: &Target) -> Result<Self, ConnectError> {
        Self::open_by(target, &Way::Straight).await
    }

    /// The connection to `target`, by another way. When that way is cut, requests fail, and those
    /// that follow take it as it has been made again.
    pub async fn open_by(target: &Target, way: &Way) -> Result<Self, ConnectError> {
        let file = read(target)?;
        let context = target
            .context
            .clone()
            .or_else(|| file.current_context.clone());
        let options = KubeConfigOptions {
            context: target.context.clone(),
            ..KubeConfigOptions::default()
        };
        let mut config = Config::from_custom_kubeconfig(file, &options)
            .await
            .map_err(explained)?;
        // Retries are ours to make: they show on the screen.
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        // A plugin that asks on the terminal would ask into the screen: it has to do without.
        if let Some(plugin) = &mut config.auth_info.exec {
            plugin.interactive_mode = Some(ExecInteractiveMode::Never);
        }
        if is_loopback(config.cluster_url.host()) {
            config.proxy_url = None;
        }
        let server = Line::new(&config.cluster_url.to_string());
        let client = way::client(config, way, CONNECT_TIMEOUT).map_err(|error| ConnectError {
            what: format!("the kubeconfig's credentials cannot be used: {error}"),
            next: "check the context's user and certificate authority in the kubeconfig",
            source: Some(Box::new(error)),
        })?;
        Ok(Self {
            client,
            context: Line::new(&context.unwrap_or_default()),
            server,
            namespace: target.namespace.clone(),
            version: Arc::default(),
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The namespace that a list of this kind is restricted to.
    pub fn scope(&self, api: &ApiName) -> Option<&str> {
        self.namespace.as_deref().filter(|_| api.namespaced)
    }

    pub(super) fn api<K>(&self, api: &ApiName, resource: &kube::core::ApiResource) -> Api<K>
    where
        K: kube::Resource<
                DynamicType = kube::core::ApiResource,
                Scope = kube::core::DynamicResourceScope,
            >,
    {
        match self.scope(api) {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, resource),
            None => Api::all_with(self.client.clone(), resource),
        }
    }

    /// Asks the API server who it is.
    pub async fn introduce(&self) -> Result<ClusterInfo, Fault> {
        let info = self.client.apiserver_version().await?;
        let version = Line::new(&info.git_version);
        // Only the first answer is kept; a server that is upgraded meanwhile shows its new version.
        let _ = self.version.set(version.clone());
        Ok(ClusterInfo {
            context: self.context.clone(),
            server: self.server.clone(),
            version,
            namespace: Line::new(self.namespace.as_deref().unwrap_or_default()),
        })
    }

    /// Whether the server can send a list as the beginning of a watch (on by default since 1.32, with
    /// a pause in 1.33 that it announces by a refusal).
    pub async fn streams_lists(&self) -> bool {
        let version = self.version.get_or_try_init(|| async {
            let info = self.client.apiserver_version().await?;
            Ok::<_, kube::Error>(Line::new(&info.git_version))
        });
        version
            .await
            .is_ok_and(|version| minor(version).is_some_and(|minor| minor >= 32))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("context", &self.context)
            .field("server", &self.server)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// The minor number of a version such as `v1.36.4+k3s1`.
fn minor(version: &str) -> Option<u32> {
    version
        .strip_prefix("v1.")?
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

fn read(target: &Target) -> Result<Kubeconfig, ConnectError> {
    match &target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path).map_err(explained),
        None => Kubeconfig::read().map_err(explained),
    }
}

/// A proxy for the internet is not on the way to this machine itself.
fn is_loopback(host: Option<&str>) -> bool {
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

fn explained(error: KubeconfigError) -> ConnectError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others say what is wrong with the file itself"
    )]
    let next = match &error {
        KubeconfigError::ReadConfig(..) | KubeconfigError::FindPath => {
            "give a kubeconfig with --kubeconfig FILE or in KUBECONFIG"
        }
        KubeconfigError::CurrentContextNotSet | KubeconfigError::LoadContext(_) => {
            "name one of the kubeconfig's contexts with --context"
        }
        _ => "correct the kubeconfig",
    };
    let mut what = format!("kubeconfig: {error}");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    if let Some(cause) = cause.filter(|cause| !what.contains(cause)) {
        what = format!("{what}: {cause}");
    }
    ConnectError {
        what: crate::domain::text::line(&what),
        next,
        source: Some(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("v1.36.4+k3s1", Some(36))]
    #[case("v1.32.0-rc.1", Some(32))]
    #[case("v2.1.0", None)]
    #[case("", None)]
    fn the_minor_version(#[case] version: &str, #[case] expected: Option<u32>) {
        assert_eq!(minor(version), expected);
    }

    #[rstest]
    #[case("127.0.0.1", true)]
    #[case("[::1]", true)]
    #[case("localhost", true)]
    #[case("10.0.0.1", false)]
    fn loopback(#[case] host: &str, #[case] expected: bool) {
        assert_eq!(is_loopback(Some(host)), expected);
    }
}

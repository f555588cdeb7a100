//! The files of one node: the bootstrap script with its settings, K3s' own, and what a server
//! deploys at its start.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{AgentToken, Config, NodeTable, SecretsBy};
use crate::domain::bootstrap::{JOIN_TOKEN, Stage};
use crate::domain::topology::Role;

use super::cloud_config::File;
use super::template::{fill, scalar};
use super::user_data::RenderError;

const SCRIPT: &str = include_str!("../../assets/bootstrap/k3scope-bootstrap.sh");
const UNIT: &str = include_str!("../../assets/bootstrap/k3scope-bootstrap.service");
const SETTINGS: &str = include_str!("../../assets/bootstrap/bootstrap.env");
const SERVER_UNIT: &str = include_str!("../../assets/bootstrap/k3s.service");
const AGENT_UNIT: &str = include_str!("../../assets/bootstrap/k3s-agent.service");
const SERVER_CONFIG: &str = include_str!("../../assets/bootstrap/k3s-server.yaml");
const AGENT_CONFIG: &str = include_str!("../../assets/bootstrap/k3s-agent.yaml");
const ARGOCD: &str = include_str!("../../assets/manifests/argocd.yaml");
const REPOSITORY: &str = include_str!("../../assets/manifests/repository.yaml");
const ROOT: &str = include_str!("../../assets/manifests/root.yaml");

/// The secrets of a node's files, or the names that stand in their place.
pub(super) struct Tokens {
    /// With which agents join.
    pub(super) agent: Zeroizing<String>,
    /// Which reads the Git repository, as a YAML scalar.
    pub(super) repository: Option<Zeroizing<String>>,
}

impl Tokens {
    /// The secrets themselves.
    pub(super) fn of(agent: &AgentToken, repository: Option<&SecretString>) -> Self {
        Self {
            agent: Zeroizing::new(agent.secret().expose_secret().to_owned()),
            repository: repository.map(|token| Zeroizing::new(scalar(token.expose_secret()))),
        }
    }
}

/// The files of `node`, in the order in which they are laid.
pub(super) fn files(
    config: &Config,
    node: &NodeTable,
    tokens: &Tokens,
) -> Result<Vec<File>, RenderError> {
    let server = one(config, Role::Server)?;
    let ingress = one(config, Role::Ingress)?;
    let mut files = vec![
        laid(
            "/usr/local/sbin/k3scope-bootstrap",
            "0755",
            SCRIPT.to_owned(),
        ),
        laid(
            "/etc/k3scope/bootstrap.env",
            "0644",
            settings(config, node, server, ingress),
        ),
        File {
            path: JOIN_TOKEN,
            mode: "0600",
            content: Zeroizing::new(format!("{}\n", tokens.agent.as_str())),
        },
        laid(
            "/etc/systemd/system/k3scope-bootstrap.service",
            "0644",
            UNIT.to_owned(),
        ),
    ];
    let (path, unit) = match node.role {
        Role::Server => ("/etc/systemd/system/k3s.service", SERVER_UNIT),
        Role::Ingress | Role::Worker => ("/etc/systemd/system/k3s-agent.service", AGENT_UNIT),
    };
    files.push(laid(path, "0644", unit.to_owned()));
    let k3s = k3s_config(node, server);
    files.push(laid("/etc/rancher/k3s/config.yaml", "0600", k3s));
    if node.role == Role::Server {
        files.extend(manifests(config, tokens)?);
    }
    Ok(files)
}

/// What the script is told, as shell assignments. No value needs quotes: each is a name, a version,
/// an address or a network, checked where the configuration is read.
fn settings(config: &Config, node: &NodeTable, server: &NodeTable, ingress: &NodeTable) -> String {
    let stages: Vec<&str> = Stage::of_script(node.role)
        .iter()
        .map(|stage| (*stage).into())
        .collect();
    fill(
        SETTINGS,
        &[
            ("NODE", &node.name),
            ("ROLE", role(node.role)),
            ("STAGES", &stages.join(" ")),
            ("K3S_VERSION", &config.k3s.version),
            (
                "K3S_SHA256",
                config.k3s.sha256.as_deref().unwrap_or_default(),
            ),
            ("SERVER", &server.private_ip.to_string()),
            ("INGRESS", &ingress.private_ip.to_string()),
            ("VCN", &config.network.vcn.to_string()),
            ("PRIVATE_SUBNET", &config.network.private_subnet.to_string()),
            ("PODS", &config.network.pods().to_string()),
            ("SERVICES", &config.network.services().to_string()),
            ("TOKEN_FILE", JOIN_TOKEN),
        ],
    )
}

fn k3s_config(node: &NodeTable, server: &NodeTable) -> String {
    let (template, labels) = match node.role {
        Role::Server => (SERVER_CONFIG, "[]"),
        Role::Ingress => (AGENT_CONFIG, "[role=ingress]"),
        Role::Worker => (AGENT_CONFIG, "[]"),
    };
    fill(
        template,
        &[
            ("NODE", &scalar(&node.name)),
            ("ADDRESS", &node.private_ip.to_string()),
            ("LABELS", labels),
            ("SERVER", &server.private_ip.to_string()),
            ("TOKEN_FILE", JOIN_TOKEN),
        ],
    )
}

fn manifests(config: &Config, tokens: &Tokens) -> Result<Vec<File>, RenderError> {
    const ARGOCD_PATH: &str = "/var/lib/rancher/k3s/server/manifests/k3scope-argocd.yaml";
    const ROOT_PATH: &str = "/var/lib/rancher/k3s/server/manifests/k3scope-root.yaml";
    let gitops = &config.gitops;
    let mut files = vec![laid(ARGOCD_PATH, "0600", ARGOCD.to_owned())];
    if let Some(url) = &gitops.repository {
        if config.bootstrap.secrets == SecretsBy::UserData {
            let token = tokens.repository.as_ref();
            let token = token.ok_or(RenderError::NoRepositoryToken)?;
            files.push(repository_secret(url, token));
        }
        let root = fill(
            ROOT,
            &[
                ("REPOSITORY", &scalar(url)),
                ("REVISION", &scalar(&gitops.revision)),
                ("PATH", &scalar(&format!("{}/apps", gitops.path))),
            ],
        );
        files.push(laid(ROOT_PATH, "0600", root));
    }
    Ok(files)
}

fn repository_secret(url: &str, token: &str) -> File {
    let url = scalar(url);
    let values = [("REPOSITORY", url.as_str()), ("TOKEN", token)];
    File {
        path: "/var/lib/rancher/k3s/server/manifests/k3scope-repository.yaml",
        mode: "0600",
        content: Zeroizing::new(fill(REPOSITORY, &values)),
    }
}

fn laid(path: &'static str, mode: &'static str, content: String) -> File {
    File {
        path,
        mode,
        content: Zeroizing::new(content),
    }
}

fn one(config: &Config, role: Role) -> Result<&NodeTable, RenderError> {
    let node = config.node.iter().find(|node| node.role == role);
    node.ok_or(RenderError::NoNode {
        role: self::role(role),
    })
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Ingress => "ingress",
        Role::Server => "server",
        Role::Worker => "worker",
    }
}

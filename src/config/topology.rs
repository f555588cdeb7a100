//! From what the file says to the cluster that provisioning makes real.
//!
//! The only outside thing read here is the public SSH key: one line, checked before it is laid on
//! every node.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Config, Home};
use crate::domain::text;
use crate::domain::topology::{Node, Role, Topology};

/// The kinds of key that OpenSSH's `authorized_keys` takes and cloud images accept.
const KEY_TYPES: &[&str] = &[
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// More than any public key has; what is longer is some other file.
const LONGEST_KEY: u64 = 16 * 1024;

/// Why the public SSH key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("the public SSH key {path} (ssh.public_key) cannot be read: {source}; `ssh-keygen -t ed25519` makes a key", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds a private key.
    #[error("{path} (ssh.public_key) is a private key; expected its public half, the file that ends in .pub", path = path.display())]
    Private {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not one line of `TYPE BASE64 [COMMENT]`.
    #[error("{path} (ssh.public_key) is not a public key in OpenSSH's one-line format: {why}", path = path.display())]
    Form {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Config {
    /// The nodes, the ingress node first and then the server.
    pub fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.node.iter().map(Node::from).collect();
        nodes.sort_by_key(|node| match node.role {
            Role::Ingress => 0,
            Role::Server => 1,
            Role::Worker => 2,
        });
        nodes
    }

    /// The cluster that this configuration asks for; reads the public SSH key.
    pub fn topology(&self) -> Result<Topology, KeyFileError> {
        let path = Home::of_user().resolve(&self.ssh.public_key, Path::new(""));
        Ok(Topology {
            cluster: self.cluster.name.clone(),
            network: (&self.network).into(),
            nodes: self.nodes(),
            image: (&self.image).into(),
            availability_domain: self
                .oci
                .availability_domain
                .as_ref()
                .map(ToString::to_string),
            ssh_public_key: public_key(&path)?,
            quota_guard: self.provision.quota_guard,
        })
    }
}

fn public_key(path: &Path) -> Result<String, KeyFileError> {
    let unreadable = |source| KeyFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let form = |why: String| KeyFileError::Form {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST_KEY + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_KEY) {
        return Err(form("the file is too long for a key".to_owned()));
    }
    let content =
        std::str::from_utf8(&bytes).map_err(|_| form("the file is not text".to_owned()))?;
    if content.contains("PRIVATE KEY-----") {
        return Err(KeyFileError::Private {
            path: path.to_owned(),
        });
    }
    one_key(content).map_err(form)
}

/// The key line of `content`, which must be its only line.
fn one_key(content: &str) -> Result<String, String> {
    let mut lines = content
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or("the file is empty")?;
    if lines.next().is_some() {
        return Err("it holds more than one key".to_owned());
    }
    let mut words = line.split_whitespace();
    let kind = words.next().unwrap_or_default();
    if !KEY_TYPES.contains(&kind) {
        return Err(format!(
            "it begins with `{}`, not with a key type such as ssh-ed25519",
            text::line(kind).chars().take(40).collect::<String>()
        ));
    }
    let body = words.next().ok_or("the key itself is missing")?;
    if names_its_type(body, kind) {
        Ok(text::line(line))
    } else {
        Err(format!("what follows {kind} is not such a key"))
    }
}

/// Whether `body` is Base64 of a key blob that begins with its own type (RFC 4253, 6.6).
fn names_its_type(body: &str, kind: &str) -> bool {
    use base64::Engine as _;
    let Ok(blob) = base64::engine::general_purpose::STANDARD.decode(body) else {
        return false;
    };
    let Some((length, rest)) = blob.split_first_chunk::<4>() else {
        return false;
    };
    usize::try_from(u32::from_be_bytes(*length)).is_ok_and(|length| length == kind.len())
        && rest.len() > kind.len()
        && rest.starts_with(kind.as_bytes())
}

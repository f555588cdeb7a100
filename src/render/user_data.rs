//! User data: the cloud-config of each node, packed as OCI hands it to cloud-init.
//!
//! It stays readable on the node for the instance's whole life, so the only secret in it is the
//! token that lets an agent join; the repository's token is in the server's where `cluster.toml`
//! asks for it (`bootstrap.secrets = "user-data"`).

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{AgentToken, Config};

use super::cloud_config::cloud_config;
use super::node::files;

/// The most that OCI takes as an instance's metadata, user data in Base64 included, in bytes.
pub const MOST_USER_DATA: usize = 32_000;

/// A node's user data: cloud-config, gzip, Base64. Holds secrets.
#[derive(Clone)]
pub struct UserData(SecretString);

impl UserData {
    /// The text that goes into the metadata of the instance, and nowhere else.
    pub fn expose_base64(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({} bytes)", self.expose_base64().len())
    }
}

/// Why there is no user data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A node that the others need is missing.
    #[error("no node has the role `{role}`; a cluster needs one ([[node]] in cluster.toml)")]
    NoNode {
        /// Which role.
        role: &'static str,
    },
    /// `cluster.toml` wants the repository's secret in user data, and it is not known.
    #[error(
        "the user data is to hold the repository's secret (bootstrap.secrets), and gitops.token is missing"
    )]
    NoRepositoryToken,
    /// More than OCI takes.
    #[error(
        "the user data of {node} is {bytes} bytes, and OCI takes {MOST_USER_DATA}; shorten what cluster.toml adds to it ([gitops])"
    )]
    TooLong {
        /// Whose.
        node: String,
        /// How many.
        bytes: usize,
    },
    /// It could not be packed.
    #[error("the user data of {node} could not be compressed: {source}")]
    Pack {
        /// Whose.
        node: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The user data of every node of `config`, by the node's name. `repository` is the token that reads
/// the Git repository; it is laid only where `bootstrap.secrets` says `user-data`, and has to be
/// known there.
pub fn user_data(
    config: &Config,
    token: &AgentToken,
    repository: Option<&SecretString>,
) -> Result<BTreeMap<String, UserData>, RenderError> {
    let mut all = BTreeMap::new();
    for node in &config.node {
        let document = cloud_config(&files(config, node, token, repository)?);
        let packed = pack(&document).map_err(|source| RenderError::Pack {
            node: node.name.clone(),
            source,
        })?;
        if packed.len() > MOST_USER_DATA {
            return Err(RenderError::TooLong {
                node: node.name.clone(),
                bytes: packed.len(),
            });
        }
        all.insert(node.name.clone(), UserData(SecretString::from(packed)));
    }
    Ok(all)
}

/// The header of the archive bears no time and no name: the same document gives the same bytes, on
/// which a repeated launch relies.
fn pack(document: &str) -> std::io::Result<String> {
    let mut archive = GzBuilder::new().write(Vec::new(), Compression::best());
    archive.write_all(document.as_bytes())?;
    Ok(STANDARD.encode(archive.finish()?))
}

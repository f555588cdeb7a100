//! User data: the cloud-config of each node, packed as OCI hands it to cloud-init.
//!
//! It stays readable on the node for the instance's whole life, so the only secret in it is the
//! token that lets an agent join; the repository's token is in the server's where `cluster.toml`
//! asks for it (`bootstrap.secrets = "user-data"`).

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{AgentToken, Config};
use crate::domain::bootstrap::JOIN_TOKEN;

use super::cloud_config::{cloud_config, file_in};
use super::node::{Tokens, files};

/// The most that OCI takes as an instance's metadata, user data in Base64 included, in bytes.
pub const MOST_USER_DATA: usize = 32_000;
/// The most that is unpacked of what OCI tells back, in bytes.
const MOST_DOCUMENT: u64 = 1024 * 1024;

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
    /// A value of `cluster.toml` would be taken for the place of a secret.
    #[error(
        "{name} stands in the user data of {node} where it does not belong; take it out of cluster.toml ([gitops])"
    )]
    Misplaced {
        /// Whose.
        node: String,
        /// The name that stands in a secret's place.
        name: &'static str,
    },
    /// The variables could not be written as JSON.
    #[error("the variables for Terraform could not be written: {0}")]
    Variables(#[from] serde_json::Error),
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
    let tokens = Tokens::of(token, repository);
    let mut all = BTreeMap::new();
    for node in &config.node {
        let document = cloud_config(&files(config, node, &tokens)?);
        let packed = packed(&node.name, &document)?;
        all.insert(node.name.clone(), UserData(SecretString::from(packed)));
    }
    Ok(all)
}

/// The join token in user data, as OCI tells it back; nothing where it is none of ours.
pub fn join_token_in(user_data: &SecretString) -> Option<SecretString> {
    let packed = Zeroizing::new(STANDARD.decode(user_data.expose_secret()).ok()?);
    let mut document = Zeroizing::new(String::new());
    GzDecoder::new(packed.as_slice())
        .take(MOST_DOCUMENT)
        .read_to_string(&mut document)
        .ok()?;
    file_in(&document, JOIN_TOKEN).map(|token| SecretString::from(token.trim()))
}

/// The document of `node` as OCI takes it, unless it is too long for that.
pub(super) fn packed(node: &str, document: &str) -> Result<String, RenderError> {
    let packed = pack(document).map_err(|source| RenderError::Pack {
        node: node.to_owned(),
        source,
    })?;
    if packed.len() > MOST_USER_DATA {
        return Err(RenderError::TooLong {
            node: node.to_owned(),
            bytes: packed.len(),
        });
    }
    Ok(packed)
}

/// The header of the archive bears no time and no name: the same document gives the same bytes, on
/// which a repeated launch relies.
fn pack(document: &str) -> std::io::Result<String> {
    let mut archive = GzBuilder::new().write(Vec::new(), Compression::best());
    archive.write_all(document.as_bytes())?;
    Ok(STANDARD.encode(archive.finish()?))
}

//! User data unpacked and read as cloud-init would.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine as _;
use k3scope::config::{AgentToken, Config};
use k3scope::render::{UserData, user_data};
use serde::Deserialize;

/// The document of one node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloudConfig {
    pub(super) package_update: bool,
    pub(super) package_upgrade: bool,
    pub(super) write_files: Vec<LaidFile>,
    pub(super) runcmd: Vec<Vec<String>>,
}

/// A file that it lays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaidFile {
    pub(super) path: String,
    pub(super) owner: String,
    pub(super) permissions: String,
    pub(super) content: String,
}

impl CloudConfig {
    pub(super) fn of(document: &str) -> Self {
        serde_saphyr::from_str(document).unwrap()
    }

    /// What the file at `path` holds.
    pub(super) fn file(&self, path: &str) -> &str {
        let found = self.write_files.iter().find(|file| file.path == path);
        &found
            .unwrap_or_else(|| panic!("{path} is not laid"))
            .content
    }
}

/// The document in the metadata's `user_data`.
pub(crate) fn unpacked(base64: &str) -> String {
    let archive = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(archive.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// A join token in a folder of its own.
pub(super) fn token() -> AgentToken {
    AgentToken::of_workspace(tempfile::tempdir().unwrap().path()).unwrap()
}

/// The packed user data of every node.
pub(super) fn packed(config: &Config, token: &AgentToken) -> BTreeMap<String, UserData> {
    user_data(config, token, None).unwrap()
}

/// The document of the node `name`.
pub(super) fn document(config: &Config, token: &AgentToken, name: &str) -> String {
    unpacked(packed(config, token)[name].expose_base64())
}

/// The reference layout with a repository to deliver from.
pub(crate) fn reference() -> Config {
    let mut config = Config::default();
    config.gitops.repository = Some("https://git.example.org/you/cluster.git".to_owned());
    config
}

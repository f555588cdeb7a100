//! The folder `tf-k3s/`: the cluster as plain Terraform, its variables, and what each node is told at
//! its first boot.
//!
//! The HCL stands in `assets/tf-k3s/` and is the same for every cluster; what differs is in the
//! variables. No secret is in any of these files: a name stands in its place, and the HCL puts the
//! secret there.

mod secrets;
mod variables;

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::config::{Config, NodeTable, SecretsBy};
use crate::domain::topology::Role;

use super::cloud_config::cloud_config;
use super::node::{Tokens, files};
use super::tree::Tree;
use super::user_data::{RenderError, packed};

pub use secrets::{SecretVariables, Unreadable};

/// The folder's name, beside `cluster.toml`.
pub const FOLDER: &str = "tf-k3s";
/// The one file of the folder that holds secrets; it is none of [`terraform`]'s.
pub const SECRETS: &str = "secrets.auto.tfvars.json";

/// The file of the folder that holds this cluster's values.
pub(super) const VARIABLES: &str = "terraform.tfvars.json";

/// The files that are the same for every cluster.
const FIXED: [(&str, &str); 10] = [
    (".gitignore", include_str!("../../assets/tf-k3s/gitignore")),
    ("README.md", include_str!("../../assets/tf-k3s/README.md")),
    ("compute.tf", include_str!("../../assets/tf-k3s/compute.tf")),
    ("network.tf", include_str!("../../assets/tf-k3s/network.tf")),
    ("outputs.tf", include_str!("../../assets/tf-k3s/outputs.tf")),
    (
        "providers.tf",
        include_str!("../../assets/tf-k3s/providers.tf"),
    ),
    (
        "public_ip.tf",
        include_str!("../../assets/tf-k3s/public_ip.tf"),
    ),
    ("quota.tf", include_str!("../../assets/tf-k3s/quota.tf")),
    (
        "variables.tf",
        include_str!("../../assets/tf-k3s/variables.tf"),
    ),
    (
        "versions.tf",
        include_str!("../../assets/tf-k3s/versions.tf"),
    ),
];

/// What stands in the place of the agents' join token.
const AGENT_TOKEN: &str = "@AGENT_TOKEN@";
/// What stands in the place of the token of the Git repository.
const REPOSITORY_TOKEN: &str = "@REPOSITORY_TOKEN@";
/// As long as a join token, and as hard to compress.
const LIKE_A_TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Where this machine's folders are: files name what is in them by a way that holds on another
/// machine as well.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'a> {
    /// The folder of `cluster.toml`.
    pub workspace: &'a Path,
    /// The operator's home folder, where it is known.
    pub home: Option<&'a Path>,
}

/// The folder that makes the cluster of `config`, whose paths are absolute.
pub fn terraform(config: &Config, paths: Paths<'_>) -> Result<Tree, RenderError> {
    let mut files: BTreeMap<String, Vec<u8>> = FIXED
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    files.insert(
        VARIABLES.to_owned(),
        variables::text(config, paths)?.into_bytes(),
    );
    for node in &config.node {
        let path = format!("cloud-init/{}.yaml", node.name);
        files.insert(path, document(config, node)?.as_bytes().to_vec());
    }
    Ok(Tree {
        folder: FOLDER,
        files,
    })
}

/// What `node` is told at its first boot, with names in the place of secrets.
fn document(config: &Config, node: &NodeTable) -> Result<Zeroizing<String>, RenderError> {
    let by_user_data = config.bootstrap.secrets == SecretsBy::UserData;
    let names = Tokens {
        agent: Zeroizing::new(AGENT_TOKEN.to_owned()),
        repository: by_user_data.then(|| Zeroizing::new(REPOSITORY_TOKEN.to_owned())),
    };
    let document = cloud_config(&files(config, node, &names)?);
    // The HCL replaces a name wherever it stands, so a value of cluster.toml must not bring one in:
    // it would carry the secret to where it can be read.
    let places = |name: &str| document.matches(name).count();
    let has_repository =
        by_user_data && node.role == Role::Server && config.gitops.repository.is_some();
    for (name, wanted) in [
        (AGENT_TOKEN, 1),
        (REPOSITORY_TOKEN, usize::from(has_repository)),
    ] {
        if places(name) != wanted {
            return Err(RenderError::Misplaced {
                node: node.name.clone(),
                name,
            });
        }
    }
    packed(&node.name, &document.replace(AGENT_TOKEN, LIKE_A_TOKEN))?;
    Ok(document)
}

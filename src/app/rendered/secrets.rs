//! The one rendered file that holds secrets: `secrets.auto.tfvars.json`, mode 0600, kept out of Git.
//!
//! What a running cluster was made with must not get lost, so a token that stands in the file counts
//! before a new one is made. Connects to nothing and runs no program.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::config::files::{self, PRIVATE, Unfit, Wanted};
use crate::config::{
    AgentToken, Loaded, SecretError, SecretRef, SecretsBy, StateError, TokenError, Workspace,
    is_tracked,
};
use crate::domain::text;
use crate::oci::Profile;
use crate::render::{FOLDER, SECRETS, SecretVariables, Unreadable};

/// Why the file is not written.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// It, or the folder, is not to be written to.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Git tracks it.
    #[error("{path} holds secrets and is tracked by Git: `git rm --cached {path}`, and replace what was published", path = .0.display())]
    Tracked(PathBuf),
    /// It holds something else.
    #[error("{path}: {source}; mend it, or move it out of the way", path = .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Unreadable,
    },
    /// `.k3scope/` is not fit for use.
    #[error(transparent)]
    State(#[from] StateError),
    /// The agents' join token cannot be kept or read.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// The file as it should be.
pub struct Secrets {
    path: PathBuf,
    text: Zeroizing<String>,
    changed: bool,
    /// What is missing in it, and what to do about that.
    pub missing: Vec<String>,
}

impl Secrets {
    /// Whether the agents' token stands in the file.
    pub fn hold_token(loaded: &Loaded) -> Result<bool, SecretsError> {
        let folder = Workspace::beside(&loaded.path).root.join(FOLDER);
        let path = folder.join(SECRETS);
        let Some(text) = standing(&folder, &path)? else {
            return Ok(false);
        };
        let found = SecretVariables::agent_in(&text);
        found
            .map(|found| found.is_some())
            .map_err(|source| SecretsError::Unreadable { path, source })
    }

    /// Looks at what there is; makes the agents' token where neither the workspace nor the file has
    /// one. Nothing of the folder is written yet.
    pub fn of(loaded: &Loaded) -> Result<Self, SecretsError> {
        let workspace = Workspace::beside(&loaded.path);
        let folder = workspace.root.join(FOLDER);
        let path = folder.join(SECRETS);
        let standing = standing(&folder, &path)?;
        let standing = standing.as_ref().map(|text| text.as_str());
        let unreadable = |source| SecretsError::Unreadable {
            path: path.clone(),
            source,
        };
        let found = standing.map(SecretVariables::agent_in).transpose();
        let agent = agent(&workspace, found.map_err(unreadable)?.flatten().as_ref())?;
        let mut missing = Vec::new();
        let repository = repository(loaded, &mut missing);
        let tenancy = tenancy(loaded, &mut missing);
        let variables = SecretVariables {
            agent: &agent,
            repository: repository.as_ref(),
            tenancy: tenancy.as_deref(),
        };
        let text = variables.text(standing).map_err(unreadable)?;
        let changed = standing != Some(text.as_str()) || !is_private(&path);
        Ok(Self {
            path,
            text,
            changed,
            missing,
        })
    }

    /// Writes it where it differs, and tells whether it did.
    pub fn write(&self) -> Result<bool, SecretsError> {
        if self.changed {
            files::replace(&self.path, self.text.as_bytes(), PRIVATE).map_err(|source| {
                Unfit::Io {
                    path: self.path.clone(),
                    source,
                }
            })?;
        }
        Ok(self.changed)
    }
}

/// What the file holds, if it is there and fit for use.
fn standing(folder: &Path, path: &Path) -> Result<Option<Zeroizing<String>>, SecretsError> {
    let io = |source| Unfit::Io {
        path: path.to_owned(),
        source,
    };
    if !files::is_ours(folder, Wanted::Folder)? || !files::is_ours(path, Wanted::File)? {
        return Ok(None);
    }
    if is_tracked(path).map_err(io)? {
        return Err(SecretsError::Tracked(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(io)?;
    Ok(Some(Zeroizing::new(text)))
}

/// The workspace's token, or else the one that was found in the file, or else a new one.
fn agent(workspace: &Workspace, found: Option<&SecretString>) -> Result<AgentToken, SecretsError> {
    let state = workspace.state()?;
    if let Some(token) = AgentToken::find(&state)? {
        return Ok(token);
    }
    let kept = found
        .map(|found| AgentToken::keep(&state, found))
        .transpose()?;
    match kept.flatten() {
        Some(token) => Ok(token),
        None => Ok(AgentToken::of_workspace(&state)?),
    }
}

/// The repository's token, where user data is to hold it. A program that prints it is not run here.
fn repository(loaded: &Loaded, missing: &mut Vec<String>) -> Option<SecretString> {
    let config = &loaded.config;
    if config.bootstrap.secrets != SecretsBy::UserData || config.gitops.repository.is_none() {
        return None;
    }
    let found = match &config.gitops.token {
        None => return None,
        Some(SecretRef::Command(_)) => {
            Err("it comes from a program, and none is run here".to_owned())
        }
        Some(reference) => loaded
            .secret(reference)
            .map_err(|error: SecretError| error.to_string()),
    };
    found
        .map_err(|why| {
            missing.push(format!(
                "repository_token ({why}): give it as TF_VAR_repository_token"
            ));
        })
        .ok()
}

/// The tenancy that the profile names.
fn tenancy(loaded: &Loaded, missing: &mut Vec<String>) -> Option<String> {
    let table = &loaded.config.oci;
    let profiles = Profile::outlines(&table.config_file, None).unwrap_or_default();
    let profile = profiles
        .into_iter()
        .find(|profile| profile.name == table.profile);
    let tenancy = profile.and_then(|profile| profile.tenancy);
    if tenancy.is_none() {
        missing.push(format!(
            "tenancy_ocid (profile {} of {}): give it as TF_VAR_tenancy_ocid",
            text::line(&table.profile),
            table.config_file.display()
        ));
    }
    tenancy.map(|tenancy| text::line(&tenancy))
}

fn is_private(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|about| about.permissions().mode() & 0o777 == PRIVATE)
}

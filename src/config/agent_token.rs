//! The token with which a cluster's agents join: made once, kept in the workspace, and kept there
//! again by whoever has read it back from a node.
//!
//! It travels in user data, so it is a secret of its own: it lets a node join as an agent and opens
//! nothing else. K3s makes the server's token itself.

use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::workspace::our_user;

const BYTES: usize = 32;

/// A join token: 64 hexadecimal digits.
#[derive(Clone, Debug)]
pub struct AgentToken(SecretString);

/// Why there is no join token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Something with the file system, or with the source of random numbers.
    #[error("the agents' join token {path}: {source}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What.
        source: io::Error,
    },
    /// Others could have read or replaced it.
    #[error("the agents' join token {path} must be an ordinary file of yours with mode 0600; put it right if the cluster runs with it, delete it if there is no cluster yet", path = .0.display())]
    Exposed(PathBuf),
    /// Not what was written there.
    #[error("{path} is no join token (64 hexadecimal digits); put it back if the cluster runs with it, delete it if there is no cluster yet", path = .0.display())]
    Form(PathBuf),
}

impl AgentToken {
    /// The token of the workspace whose `.k3scope` is `state`; nothing where it has none.
    pub fn find(state: &Path) -> Result<Option<Self>, TokenError> {
        let path = path(state);
        let is_there = path.try_exists().map_err(|error| io_error(&path, error))?;
        is_there.then(|| read(&path)).transpose()
    }

    /// Keeps the token that a node of the cluster has; nothing is kept where `found` is none. What the
    /// workspace has already stays.
    pub fn keep(state: &Path, found: &SecretString) -> Result<Option<Self>, TokenError> {
        let digits = found.expose_secret().trim_end();
        if !is_token(digits) {
            return Ok(None);
        }
        Self::laid(state, digits).map(Some)
    }

    /// The token of the workspace, or a new one where it has none: for a cluster that no node stands
    /// of.
    pub fn of_workspace(state: &Path) -> Result<Self, TokenError> {
        match Self::find(state)? {
            Some(token) => Ok(token),
            None => Self::laid(state, &random(&path(state))?),
        }
    }

    /// The token itself, for the files of a node.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Of two runs that begin together, both go on with the same.
    fn laid(state: &Path, digits: &str) -> Result<Self, TokenError> {
        let path = path(state);
        if let Some(folder) = path.parent() {
            match DirBuilder::new().mode(0o700).create(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(io_error(&path, error));
                }
                _ => {}
            }
        }
        lay(&path, digits).map_err(|error| io_error(&path, error))?;
        read(&path)
    }
}

fn path(state: &Path) -> PathBuf {
    state.join("secrets").join("agent-token")
}

fn io_error(path: &Path, source: io::Error) -> TokenError {
    TokenError::Io {
        path: path.to_owned(),
        source,
    }
}

fn is_token(digits: &str) -> bool {
    digits.len() == 2 * BYTES && digits.chars().all(|c| c.is_ascii_hexdigit())
}

/// A new token; `path` is for whoever reads that there is none.
fn random(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let mut random = Zeroizing::new([0; BYTES]);
    getrandom::fill(random.as_mut_slice())
        .map_err(|error| io_error(path, io::Error::other(error)))?;
    let mut digits = Zeroizing::new(String::with_capacity(2 * BYTES));
    for byte in random.iter() {
        // Nothing that is written to a string fails.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}

/// Writes a token in one step; one that is there already stays.
fn lay(path: &Path, digits: &str) -> io::Result<()> {
    let next = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&next)?;
    file.write_all(digits.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&next, path);
    std::fs::remove_file(&next)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn read(path: &Path) -> Result<AgentToken, TokenError> {
    let io = |source| io_error(path, source);
    let about = std::fs::symlink_metadata(path).map_err(io)?;
    if !about.is_file() || about.mode() & 0o077 != 0 || our_user() != Some(about.uid()) {
        return Err(TokenError::Exposed(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    let most = u64::try_from(4 * BYTES).unwrap_or(u64::MAX);
    std::fs::File::open(path)
        .and_then(|file| file.take(most).read_to_string(&mut text))
        .map_err(io)?;
    let digits = text.trim_end();
    if !is_token(digits) {
        return Err(TokenError::Form(path.to_owned()));
    }
    Ok(AgentToken(SecretString::from(digits)))
}

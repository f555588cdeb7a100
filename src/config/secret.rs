//! References to secrets: `cluster.toml` says where one is found, never what it is.
//!
//! A resolved secret lives in [`SecretString`], which is wiped when dropped and never printed.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::Loaded;

/// More than any token or key has, in bytes.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Where a secret is found. Holds no secret itself, so it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SecretRef {
    /// The environment variable that holds it.
    Env(String),
    /// The file that holds it; a line break at its end is not part of it.
    File(PathBuf),
    /// The program that prints it, with its arguments. Only after `k3scope trust`.
    Command(Vec<String>),
}

/// Why a secret could not be had. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set, or is no text.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("the secret's file {path} cannot be read: {source}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The program cannot be started.
    #[error("the secret's program `{program}` cannot be run: {source}")]
    Start {
        /// Which program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program failed.
    #[error("the secret's program `{program}` failed ({status})")]
    Failed {
        /// Which program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The program is not trusted.
    #[error("the secret comes from a program that is not trusted; `k3scope trust --show` shows it")]
    NotTrusted,
    /// What was found is empty, too long or no text.
    #[error("what {0} holds is no secret: it is empty, longer than 64 KB, or not UTF-8")]
    Unusable(String),
}

impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Command(command) => write!(f, "the program `{}`", command.join(" ")),
        }
    }
}

impl Loaded {
    /// The secret that `reference` leads to. Runs its program only when the file is trusted.
    pub fn secret(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        let base = self.path.parent().unwrap_or(Path::new("/"));
        let bytes = match reference {
            SecretRef::Env(name) => Zeroizing::new(
                std::env::var(name)
                    .map_err(|_| SecretError::NoVariable(name.clone()))?
                    .into_bytes(),
            ),
            SecretRef::File(path) => from_file(self.home.resolve(path, base))?,
            SecretRef::Command(_) if !self.untrusted.is_empty() => {
                return Err(SecretError::NotTrusted);
            }
            SecretRef::Command(command) => from_program(command, base)?,
        };
        let unusable = || SecretError::Unusable(reference.to_string());
        if u64::try_from(bytes.len()).map_or(true, |length| length > LONGEST_SECRET) {
            return Err(unusable());
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable())?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(unusable());
        }
        Ok(SecretString::from(text))
    }
}

fn from_file(path: PathBuf) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(&path)
        .and_then(|file| file.take(LONGEST_SECRET + 1).read_to_end(&mut bytes))
        .map_err(|source| SecretError::File { path, source })?;
    Ok(bytes)
}

/// What the program prints; what it says on standard error reaches the operator's terminal.
fn from_program(command: &[String], folder: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let program = command.first().cloned().unwrap_or_default();
    let output = Command::new(&program)
        .args(command.get(1..).unwrap_or_default())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    match output {
        Err(source) => Err(SecretError::Start { program, source }),
        Ok(output) if !output.status.success() => Err(SecretError::Failed {
            program,
            status: output.status,
        }),
        Ok(output) => Ok(Zeroizing::new(output.stdout)),
    }
}

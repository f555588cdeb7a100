//! Who the terminal is given to for a while: a shell on a node, or one in a container.
//!
//! The first is this very program (`k3scope ssh NODE`), so that it goes the same way and knows the same
//! pins; passphrases travel in its environment only. The second is a stream of the cluster's API, and
//! runs in this process.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::domain::line::Line;
use crate::kube::exec::{ExecError, Shell};

/// Who the terminal is given to.
#[derive(Debug)]
pub enum Guest {
    /// A program.
    Program(Program),
    /// A shell that was opened.
    Shell(Opened),
}

/// A program, what it is told, and what it is called.
#[derive(Debug)]
pub struct Program {
    node: Line,
    path: PathBuf,
    config: PathBuf,
    environment: Vec<(&'static str, SecretString)>,
}

/// A shell in a container, and who wants to know how it ends.
#[derive(Debug)]
pub struct Opened {
    /// The shell.
    pub(super) shell: Shell,
    /// Where it is, in words.
    pub(super) place: Line,
    /// Who is told.
    pub(super) told: oneshot::Sender<Result<u8, ExecError>>,
}

impl Guest {
    /// A shell on `node` of the cluster that `config` describes, with the passphrases that are known
    /// here: of the API's private key, and of the SSH key.
    pub fn shell(
        node: &Line,
        config: &Path,
        passphrases: [Option<SecretString>; 2],
    ) -> io::Result<Self> {
        Program::shell(node, config, passphrases).map(Self::Program)
    }
}

impl Program {
    fn shell(
        node: &Line,
        config: &Path,
        [oci, ssh]: [Option<SecretString>; 2],
    ) -> io::Result<Self> {
        let known = [("OCI_CLI_PASSPHRASE", oci), ("K3SCOPE_SSH_PASSPHRASE", ssh)];
        Ok(Self {
            node: node.clone(),
            path: std::env::current_exe()?,
            config: config.to_owned(),
            environment: known
                .into_iter()
                .filter_map(|(name, secret)| Some((name, secret?)))
                .collect(),
        })
    }

    /// The node that it is a shell on.
    pub(super) fn node(&self) -> &Line {
        &self.node
    }

    /// Starts it on the terminal that this program was started in.
    pub(super) fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.path);
        command.arg("-c").arg(&self.config);
        command.args(["ssh", self.node.as_str()]);
        for (name, secret) in &self.environment {
            command.env(name, secret.expose_secret());
        }
        command
            .stdin(Stdio::inherit())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit());
        command.spawn()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_are_not_shown() {
        let secret = Some(SecretString::from("hunter2"));
        let node = "k3s-worker".into();
        let guest = Program::shell(&node, Path::new("cluster.toml"), [None, secret]).unwrap();
        let shown = format!("{guest:?}");
        assert!(shown.contains("K3SCOPE_SSH_PASSPHRASE") && !shown.contains("hunter2"));
        assert_eq!(guest.environment.len(), 1);
    }
}

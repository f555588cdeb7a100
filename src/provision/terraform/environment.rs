//! What a run of Terraform sees of the operator's environment.
//!
//! An allow-list: much of what may stand there changes what a plan means (`TF_CLI_ARGS`,
//! `TF_WORKSPACE`, `TF_VAR_*`), tells secrets (`TF_LOG`), or talks to somebody else
//! (`TF_REATTACH_PROVIDERS`).

use std::env;
use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

/// Variables that pass. Each may hold a way out or a place, none an instruction.
const PASSES: [&str; 15] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "USER",
    "LOGNAME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// What Terraform is started with.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    own: Vec<(String, SecretString)>,
}

impl Environment {
    /// With variables of our own on top of what passes.
    pub fn with(own: impl IntoIterator<Item = (String, SecretString)>) -> Self {
        Self {
            own: own.into_iter().collect(),
        }
    }

    /// With further variables of our own.
    #[must_use]
    pub fn and(mut self, own: impl IntoIterator<Item = (String, SecretString)>) -> Self {
        self.own.extend(own);
        self
    }

    /// Gives `command` this environment and nothing else.
    pub(super) fn put_on(&self, command: &mut Command) {
        command.env_clear();
        command.envs(passing(env::vars_os()));
        command.env("CHECKPOINT_DISABLE", "1");
        command.env("TF_IN_AUTOMATION", "1");
        for (name, value) in &self.own {
            command.env(name, value.expose_secret());
        }
    }
}

fn passing(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    all.filter(|(name, _)| PASSES.iter().any(|passes| name == passes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_a_plan_does_not_pass() {
        let all = ["PATH", "TF_CLI_ARGS_plan", "TF_VAR_nodes", "TF_LOG", "HOME"];
        let all = all.map(|name| (name.into(), "x".into()));
        let names: Vec<OsString> = passing(all.into_iter())
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(names, ["PATH", "HOME"]);
    }

    #[test]
    fn own_values_are_not_shown() {
        let own = [("TF_VAR_x".to_owned(), SecretString::from("hunter2"))];
        assert!(!format!("{:?}", Environment::with(own)).contains("hunter2"));
    }
}

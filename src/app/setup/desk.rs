//! What answering needs, shared by the tasks that answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{EndpointsTable, Home, Loaded};
use crate::domain::problem::Problem;
use crate::domain::setup::Hidden;
use crate::domain::text;
use crate::oci::{Client, Endpoints, Error, Profile, Retries};

/// The longest evidence that is shown, in characters.
const MAX_DETAIL: usize = 4_000;

/// Where a session stands before anything is asked.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Where `cluster.toml` is or will be, as an absolute path.
    pub config: PathBuf,
    /// What stands there, where it may be acted on.
    pub base: Option<Loaded>,
    /// The passphrase that the environment gives for the API's private key.
    pub passphrase: Option<SecretString>,
    /// The passphrase that the environment gives for the SSH key.
    pub ssh_passphrase: Option<SecretString>,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Time and pace.
    pub clock: Clock,
}

impl Ground {
    /// Where a path leads that was typed: `~` is the home folder, the rest begins at the workspace.
    pub(super) fn resolve(&self, typed: &Path) -> PathBuf {
        let folder = self.config.parent().unwrap_or(Path::new("/"));
        Home::of_user().resolve(typed, folder)
    }

    /// The services that are called instead of the usual ones.
    pub(super) fn endpoints(&self) -> EndpointsTable {
        self.base
            .as_ref()
            .map(|loaded| loaded.config.endpoints.clone())
            .unwrap_or_default()
    }

    /// OCI in `region`, or what stands in for it, as `profile`.
    pub(super) fn oci(&self, profile: Profile, region: &str) -> Result<Client, Error> {
        let endpoints = match self.endpoints().oci {
            Some(url) => Endpoints::at(url, region),
            None => Endpoints::region(region),
        };
        let client = Client::new(profile, endpoints, self.clock)?;
        Ok(client.with_retries(RETRIES))
    }
}

/// A person waits for the answer: what is not there soon is told as such.
const RETRIES: Retries = Retries {
    tries: 3,
    total: Duration::from_secs(20),
};

/// A profile that was opened.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) config_file: PathBuf,
    pub(super) name: String,
    pub(super) passphrase: Option<SecretString>,
    pub(super) profile: Profile,
}

/// What the answering tasks share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) ground: Ground,
    login: watch::Sender<Option<Login>>,
    typed_token: watch::Sender<Option<SecretString>>,
}

impl Desk {
    pub(super) fn new(ground: Ground) -> Self {
        Self {
            ground,
            login: watch::Sender::new(None),
            typed_token: watch::Sender::new(None),
        }
    }

    /// Remembers who is asked for from now on.
    pub(super) fn log_in(&self, login: Login) {
        self.login.send_replace(Some(login));
    }

    /// The profile that was opened last.
    pub(super) fn login(&self) -> Option<Login> {
        self.login.borrow().clone()
    }

    /// Remembers the Cloudflare token that was typed last, until it stands in its file.
    pub(super) fn hold_token(&self, typed: &Hidden) {
        self.typed_token.send_replace(Some(typed.secret().clone()));
    }

    /// The Cloudflare token that was typed last.
    pub(super) fn typed_token(&self) -> Option<SecretString> {
        self.typed_token.borrow().clone()
    }

    /// The passphrase that opened this profile.
    pub(super) fn passphrase(&self, config_file: &Path, profile: &str) -> Option<SecretString> {
        self.login()
            .filter(|login| login.config_file == config_file && login.name == profile)
            .and_then(|login| login.passphrase)
            .or_else(|| self.ground.passphrase.clone())
    }

    /// Refuses what writes, where nothing may be written.
    pub(super) fn may_write(&self) -> Result<(), Problem> {
        if self.ground.read_only {
            return Err(problem(
                "Nothing is written with --read-only",
                "",
                "Start k3scope without --read-only.",
            ));
        }
        Ok(())
    }
}

/// A problem in harmless words.
pub(in crate::app) fn problem(title: &str, detail: impl std::fmt::Display, next: &str) -> Problem {
    Problem {
        title: text::line(title),
        detail: text::block(&detail.to_string(), MAX_DETAIL),
        next: next.to_owned(),
        request_id: None,
    }
}

//! As whom we log in: a user, a private key file, and an agent where the file does not serve.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::client::{AuthResult, Handle, Handler};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, decode_secret_key};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OnceCell, watch};

use super::error::{KeyFault, SshError, of_session};
use crate::domain::line::Line;

/// No private key is longer.
const MOST_BYTES: u64 = 64 << 10;
/// A server gives up on who shows more keys than it has patience for (OpenSSH: six).
const MOST_AGENT_KEYS: usize = 5;
/// What OpenSSH says when it ends a connection because none of too many keys was the right one.
const TOO_MANY: &str = "Too many authentication failures";

/// The keys that were shown to a machine.
#[derive(Debug, Default)]
struct Tried {
    keys: Vec<Line>,
    /// Whether the last of them was refused in so many words: a connection that ends in the middle
    /// of a login refuses nobody.
    is_refused: bool,
}

impl Tried {
    /// Takes in what came of a key; whether it was let in.
    fn came_to(&mut self, answer: &AuthResult) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                self.is_refused = !remaining_methods.is_empty();
                false
            }
        }
    }
}

/// A user and where the key is. Cloning is cheap; the file is read once.
#[derive(Clone)]
pub struct Login {
    user: Line,
    file: PathBuf,
    passphrase: Option<SecretString>,
    agent: Option<PathBuf>,
    key: Arc<OnceCell<Arc<PrivateKey>>>,
}

impl Login {
    /// `user` with the private key of `file` (OpenSSH's format or PKCS#8).
    pub fn new(user: &str, file: &Path) -> Self {
        Self {
            user: Line::new(user),
            file: file.to_owned(),
            passphrase: None,
            agent: None,
            key: Arc::default(),
        }
    }

    /// With the passphrase that opens the file.
    #[must_use]
    pub fn with_passphrase(self, passphrase: Option<SecretString>) -> Self {
        Self { passphrase, ..self }
    }

    /// With an agent (the socket that `SSH_AUTH_SOCK` names), asked where the file does not serve.
    #[must_use]
    pub fn with_agent(self, socket: Option<PathBuf>) -> Self {
        Self {
            agent: socket,
            ..self
        }
    }

    /// As whom.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Reads the key; the error says what is wrong with it.
    pub async fn check(&self) -> Result<(), SshError> {
        self.private_key().await.map(|_| ())
    }

    async fn private_key(&self) -> Result<Arc<PrivateKey>, SshError> {
        let read = async {
            let (file, passphrase) = (self.file.clone(), self.passphrase.clone());
            // Opening an encrypted key takes a good part of a second of computing.
            let read = tokio::task::spawn_blocking(move || load(&file, passphrase.as_ref()));
            read.await
                .unwrap_or_else(|error| Err(KeyFault::Unreadable(Line::new(&error.to_string()))))
                .map(Arc::new)
        };
        let key = self.key.get_or_try_init(|| read).await;
        key.cloned().map_err(|why| SshError::Key {
            path: self.file.clone(),
            why,
        })
    }

    /// Logs in to the machine at the other end of `handle`; `ended` tells why that has gone.
    pub(super) async fn authenticate<H: Handler>(
        &self,
        handle: &mut Handle<H>,
        to: &Line,
        ended: &watch::Receiver<Option<Line>>,
    ) -> Result<(), SshError> {
        let mut tried = Tried::default();
        let broken = match self.private_key().await {
            Ok(key) => {
                tried.keys.push(fingerprint(key.public_key()));
                let hash = rsa_hash(handle).await;
                let key = PrivateKeyWithHashAlg::new(key, hash);
                let answer = handle.authenticate_publickey(&*self.user, key).await;
                if tried.came_to(&answer.map_err(|error| of_session(to, &error))?) {
                    return Ok(());
                }
                None
            }
            Err(error) => Some(error),
        };
        if self.by_agent(handle, &mut tried).await {
            return Ok(());
        }
        if handle.is_closed() && !tried.is_refused {
            let why = why_ended(ended.clone()).await;
            if !why.contains(TOO_MANY) {
                let to = to.clone();
                return Err(SshError::Closed { to, why });
            }
        }
        match broken {
            Some(error) if tried.keys.is_empty() => Err(error),
            _ => Err(SshError::Login {
                to: to.clone(),
                user: self.user.clone(),
                tried: tried.keys,
            }),
        }
    }

    /// Tries the agent's keys. An agent that fails is one that has none: the key file's own error is
    /// what a person can mend.
    async fn by_agent<H: Handler>(&self, handle: &mut Handle<H>, tried: &mut Tried) -> bool {
        let Some(socket) = &self.agent else {
            return false;
        };
        let mut agent = match AgentClient::connect_uds(socket).await {
            Ok(agent) => agent,
            Err(error) => {
                tracing::debug!(%error, "no agent");
                return false;
            }
        };
        let identities = agent.request_identities().await.unwrap_or_default();
        let keys = identities
            .into_iter()
            .filter_map(|identity| match identity {
                AgentIdentity::PublicKey { key, .. } => Some(key),
                AgentIdentity::Certificate { .. } => None,
            });
        for key in keys.take(MOST_AGENT_KEYS) {
            let shown = fingerprint(&key);
            if tried.keys.contains(&shown) || handle.is_closed() {
                continue;
            }
            tried.keys.push(shown);
            let hash = if key.algorithm().is_rsa() {
                rsa_hash(handle).await
            } else {
                None
            };
            let answer = handle
                .authenticate_publickey_with(&*self.user, key, hash, &mut agent)
                .await;
            match answer {
                Ok(answer) if tried.came_to(&answer) => return true,
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "the agent does not sign"),
            }
        }
        false
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// What ended a connection in the middle of a login.
async fn why_ended(mut ended: watch::Receiver<Option<Line>>) -> Line {
    let why = ended.wait_for(Option::is_some).await;
    let why = why.ok().and_then(|why| why.clone());
    why.unwrap_or_else(|| Line::new("it ended in the middle of the login"))
}

/// The best hash that the server announces for RSA keys; SHA-1 is not one.
async fn rsa_hash<H: Handler>(handle: &Handle<H>) -> Option<HashAlg> {
    let best = handle.best_supported_rsa_hash().await.ok();
    best.flatten().flatten().or(Some(HashAlg::Sha512))
}

fn fingerprint(key: &PublicKey) -> Line {
    Line::new(&key.fingerprint(HashAlg::Sha256).to_string())
}

fn load(file: &Path, passphrase: Option<&SecretString>) -> Result<PrivateKey, KeyFault> {
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                KeyFault::Missing
            } else {
                KeyFault::Unreadable(Line::new(&error.to_string()))
            }
        })?;
    let text = SecretString::from(text);
    decode(&text, passphrase)
}

fn decode(text: &SecretString, passphrase: Option<&SecretString>) -> Result<PrivateKey, KeyFault> {
    let text = text.expose_secret();
    let format = |error: &russh::keys::Error| KeyFault::Format(Line::new(&error.to_string()));
    if ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| text.starts_with(kind))
    {
        return Err(KeyFault::Public);
    }
    let plain = decode_secret_key(text, None);
    let is_encrypted =
        text.contains("ENCRYPTED") || matches!(plain, Err(russh::keys::Error::KeyIsEncrypted));
    match (is_encrypted, passphrase) {
        (false, _) => plain.map_err(|error| format(&error)),
        (true, None) => Err(KeyFault::Encrypted),
        (true, Some(passphrase)) => decode_secret_key(text, Some(passphrase.expose_secret()))
            .map_err(|_| KeyFault::WrongPassphrase),
    }
}

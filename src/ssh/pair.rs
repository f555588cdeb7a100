//! The operator's own key pair as two files: finding it, and making one where there is none.
//!
//! Nothing that is there is ever overwritten. The private key stays in its file: only what may be
//! shown of it comes out.

use std::fs::{DirBuilder, File, OpenOptions, remove_file};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Error as KeyError, HashAlg, PrivateKey, PublicKey, decode_secret_key};
use secrecy::zeroize::Zeroizing;

/// No key's file is longer, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;
const COMMENT: &str = "k3scope";

/// What may be shown of a key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// The public key in OpenSSH's one-line format.
    pub public: String,
    /// Its SHA-256 fingerprint (`SHA256:…`).
    pub fingerprint: String,
    /// Whether the private key asks for a passphrase.
    pub encrypted: bool,
}

/// A key pair that cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyPairError {
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there, and is no such key.
    #[error("{path} is no {what}", path = .path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// Only the public half is there.
    #[error("{public} is there, but its private half {private} is not", public = .public.display(), private = .private.display())]
    NoPrivate {
        /// The private key's file.
        private: PathBuf,
        /// The public key's file.
        public: PathBuf,
    },
    /// The halves are of two pairs.
    #[error("{public} is not the public half of {private}", public = .public.display(), private = .private.display())]
    Unlike {
        /// The private key's file.
        private: PathBuf,
        /// The public key's file.
        public: PathBuf,
    },
    /// The key could not be made.
    #[error("the key could not be made: {0}")]
    Unmade(String),
}

/// A private key as far as it can be read without its passphrase.
struct Private {
    /// Its public half; an encrypted key of an older format does not show it.
    public: Option<PublicKey>,
    encrypted: bool,
}

impl KeyPair {
    /// The pair in these two files; nothing where the public half is missing.
    pub fn find(private: &Path, public: &Path) -> Result<Option<Self>, KeyPairError> {
        let Some(text) = read(public)? else {
            return Ok(None);
        };
        let line = text.trim();
        let key = PublicKey::from_openssh(line).map_err(|_| KeyPairError::Form {
            path: public.to_owned(),
            what: "public key in OpenSSH's one-line format",
        })?;
        let files = || (private.to_owned(), public.to_owned());
        let Some(half) = read_private(private)? else {
            let (private, public) = files();
            return Err(KeyPairError::NoPrivate { private, public });
        };
        let alike = |own: &PublicKey| own.key_data() == key.key_data();
        if half.public.as_ref().is_some_and(|own| !alike(own)) {
            let (private, public) = files();
            return Err(KeyPairError::Unlike { private, public });
        }
        Ok(Some(Self::shown(&key, line.to_owned(), half.encrypted)))
    }

    /// Makes what is missing: an Ed25519 pair, or the public half of a private key that is there.
    pub fn make(private: &Path, public: &Path) -> Result<Self, KeyPairError> {
        let unmade = |error: &dyn std::fmt::Display| KeyPairError::Unmade(error.to_string());
        let (key, encrypted, made) = if let Some(half) = read_private(private)? {
            let key = half.public.ok_or_else(|| KeyPairError::Form {
                path: private.to_owned(),
                what: "key whose public half can be read without its passphrase",
            })?;
            (key, half.encrypted, None)
        } else {
            let mut seed = Zeroizing::new([0; 32]);
            getrandom::fill(&mut *seed).map_err(|error| unmade(&error))?;
            let mut key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
            key.set_comment(COMMENT);
            (key.public_key().clone(), false, Some(key))
        };
        let line = key.to_openssh().map_err(|error| unmade(&error))?;
        if let Some(made) = &made {
            let text = made
                .to_openssh(LineEnding::LF)
                .map_err(|error| unmade(&error))?;
            create(private, &text, 0o600)?;
        }
        if let Err(error) = create(public, &format!("{line}\n"), 0o644) {
            if made.is_some() {
                // Half a pair would be in the way of the next try.
                let _ = remove_file(private);
            }
            return Err(error);
        }
        Ok(Self::shown(&key, line, encrypted))
    }

    fn shown(key: &PublicKey, public: String, encrypted: bool) -> Self {
        Self {
            public,
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            encrypted,
        }
    }
}

fn read_private(path: &Path) -> Result<Option<Private>, KeyPairError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    if let Ok(key) = PrivateKey::from_openssh(text.as_bytes()) {
        return Ok(Some(Private {
            public: Some(key.public_key().clone()),
            encrypted: key.is_encrypted(),
        }));
    }
    match decode_secret_key(&text, None) {
        Ok(key) => Ok(Some(Private {
            public: Some(key.public_key().clone()),
            encrypted: false,
        })),
        Err(KeyError::KeyIsEncrypted) => Ok(Some(Private {
            public: None,
            encrypted: true,
        })),
        Err(_) => Err(KeyPairError::Form {
            path: path.to_owned(),
            what: "private SSH key",
        }),
    }
}

/// A file's text; nothing where there is no file.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeyPairError> {
    let failed = |source| KeyPairError::File {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_FILE)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(Some(text))
}

/// Writes a file that must not be there yet, and its folder where that is missing.
fn create(path: &Path, text: &str, mode: u32) -> Result<(), KeyPairError> {
    let write = || {
        if let Some(folder) = path.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| KeyPairError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_pair_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let (private, public) = (
            folder.path().join("ssh/id"),
            folder.path().join("ssh/id.pub"),
        );
        assert_eq!(KeyPair::find(&private, &public).unwrap(), None);
        let made = KeyPair::make(&private, &public).unwrap();
        assert!(made.public.starts_with("ssh-ed25519 ") && made.public.ends_with(" k3scope"));
        assert!(made.fingerprint.starts_with("SHA256:") && !made.encrypted);
        assert_eq!(
            KeyPair::find(&private, &public).unwrap(),
            Some(made.clone())
        );
        let permissions = private.metadata().unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);

        std::fs::remove_file(&public).unwrap();
        let again = KeyPair::make(&private, &public).unwrap();
        assert_eq!(
            again.fingerprint, made.fingerprint,
            "the private half was kept"
        );
        assert!(matches!(
            KeyPair::make(&private, &public),
            Err(KeyPairError::File { .. })
        ));
    }

    #[test]
    fn halves_of_two_pairs_and_other_files_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        KeyPair::make(&at("one"), &at("one.pub")).unwrap();
        KeyPair::make(&at("two"), &at("two.pub")).unwrap();
        let unlike = KeyPair::find(&at("one"), &at("two.pub"));
        assert!(
            matches!(unlike, Err(KeyPairError::Unlike { .. })),
            "{unlike:?}"
        );
        let alone = KeyPair::find(&at("none"), &at("two.pub"));
        assert!(
            matches!(alone, Err(KeyPairError::NoPrivate { .. })),
            "{alone:?}"
        );
        std::fs::write(at("text"), "hello").unwrap();
        let text = KeyPair::find(&at("text"), &at("one.pub")).unwrap_err();
        assert!(text.to_string().contains("no private SSH key"), "{text}");
    }
}

//! Reading one profile: each setting's rule, its default, and the files that it names.
//!
//! The rules are those of Oracle's SDKs; where they differ, what a person meant decides.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::ini::{self, DEFAULT, Entry, Sections, lookup};
use super::{Profile, ProfileError, token};
use crate::oci::key::SigningKey;

/// No file that belongs to a profile is longer.
const LONGEST_FILE: u64 = 1024 * 1024;

/// One profile while it is read.
pub(super) struct Reading<'a> {
    pub(super) path: &'a Path,
    pub(super) profile: &'a str,
    /// The profile's first line.
    pub(super) line: usize,
    pub(super) sections: &'a Sections,
}

impl Reading<'_> {
    pub(super) fn profile(
        &self,
        passphrase: Option<&SecretString>,
    ) -> Result<Profile, ProfileError> {
        if let Some(entry) = self.get("key_content") {
            return Err(self.invalid(
                "key_content",
                entry,
                "a key does not belong in this file: save it as a file of its own and name it in key_file",
            ));
        }
        let tenancy = self.ocid("tenancy")?;
        let session = if self.is_session() {
            self.session()?
        } else {
            None
        };
        let user = match session {
            Some(_) => None,
            None => Some(self.ocid("user")?),
        };
        let (key, fingerprint) = (self.key(passphrase)?, self.fingerprint(session.is_some())?);
        Ok(Profile {
            tenancy,
            user,
            fingerprint: fingerprint.unwrap_or_else(|| key.fingerprint().to_owned()),
            region: self.region()?,
            key,
            key_file: self.expand(&self.need("key_file")?.value),
            session,
        })
    }

    /// A profile that names a user signs as that user, as Oracle's tools have it; but a user that
    /// a session's profile merely inherits is not meant.
    fn is_session(&self) -> bool {
        let own = |key: &str| {
            self.sections
                .get(self.profile)
                .is_some_and(|section| section.entries.contains_key(key))
        };
        self.get("security_token_file").is_some()
            && (self.get("user").is_none() || own("security_token_file") && !own("user"))
    }

    /// What the profile says for `key`, whatever it is worth.
    pub(super) fn written(&self, key: &str) -> Option<String> {
        self.get(key).map(|entry| entry.value.clone())
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        lookup(self.sections, self.profile, key)
    }

    fn need(&self, key: &'static str) -> Result<&Entry, ProfileError> {
        self.get(key).ok_or_else(|| ProfileError::Missing {
            path: self.path.to_owned(),
            line: self.line,
            profile: self.profile.to_owned(),
            key,
        })
    }

    fn ocid(&self, key: &'static str) -> Result<String, ProfileError> {
        let entry = self.need(key)?;
        if is_ocid(&entry.value) {
            Ok(entry.value.clone())
        } else {
            Err(self.invalid(
                key,
                entry,
                "expected an OCID such as ocid1.tenancy.oc1..aaaa",
            ))
        }
    }

    fn fingerprint(&self, optional: bool) -> Result<Option<String>, ProfileError> {
        if optional && self.get("fingerprint").is_none() {
            return Ok(None);
        }
        let entry = self.need("fingerprint")?;
        let pairs: Vec<&str> = entry.value.split(':').collect();
        let hex = |pair: &&str| {
            pair.len() == 2 && pair.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        };
        if pairs.len() == 16 && pairs.iter().all(hex) {
            Ok(Some(entry.value.clone()))
        } else {
            Err(self.invalid(
                "fingerprint",
                entry,
                "expected 16 pairs of lower-case hex digits with colons between them",
            ))
        }
    }

    fn region(&self) -> Result<Option<String>, ProfileError> {
        let Some(entry) = self.get("region") else {
            return Ok(std::env::var("OCI_REGION").ok().filter(|r| !r.is_empty()));
        };
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if entry.value.chars().all(label) {
            Ok(Some(entry.value.clone()))
        } else {
            Err(self.invalid("region", entry, "expected a region such as us-ashburn-1"))
        }
    }

    fn key(&self, passphrase: Option<&SecretString>) -> Result<SigningKey, ProfileError> {
        let entry = self.need("key_file")?;
        let file = self.expand(&entry.value);
        let pem = read_bounded(&file)
            .map_err(|source| self.unreadable("key_file", entry, &file, &source))?;
        let own = ["pass_phrase", "passphrase"]
            .into_iter()
            .find_map(|key| self.get(key))
            .map(|entry| SecretString::from(entry.value.clone()));
        SigningKey::from_pem(&pem, passphrase.or(own.as_ref())).map_err(|source| {
            ProfileError::Key {
                path: self.path.to_owned(),
                line: entry.line,
                file,
                source,
            }
        })
    }

    fn session(&self) -> Result<Option<token::Session>, ProfileError> {
        let Some(entry) = self.get("security_token_file") else {
            return Ok(None);
        };
        let file = self.expand(&entry.value);
        let text = read_bounded(&file)
            .map_err(|source| self.unreadable("security_token_file", entry, &file, &source))?;
        token::Session::read(&text).map(Some).ok_or_else(|| {
            self.invalid(
                "security_token_file",
                entry,
                "the file holds no session token; run `oci session authenticate`",
            )
        })
    }

    /// `~` is the home folder; a relative name is looked up beside the configuration file.
    fn expand(&self, name: &str) -> PathBuf {
        let home = || std::env::home_dir().unwrap_or_default();
        match name.strip_prefix('~') {
            Some("") => home(),
            Some(rest) if rest.starts_with('/') => home().join(rest.trim_start_matches('/')),
            _ => self.path.parent().unwrap_or(Path::new("")).join(name),
        }
    }

    fn invalid(&self, key: &'static str, entry: &Entry, expected: &'static str) -> ProfileError {
        ProfileError::Invalid {
            path: self.path.to_owned(),
            line: entry.line,
            key,
            expected,
        }
    }

    fn unreadable(
        &self,
        key: &'static str,
        entry: &Entry,
        file: &Path,
        why: &io::Error,
    ) -> ProfileError {
        ProfileError::File {
            path: self.path.to_owned(),
            line: entry.line,
            key,
            file: file.to_owned(),
            why: why.to_string(),
        }
    }
}

/// The profiles of a file, by name.
pub(super) fn read_sections(path: &Path) -> Result<Sections, ProfileError> {
    let unreadable = |why: &dyn std::fmt::Display| ProfileError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    };
    let bytes = read_bounded(path).map_err(|why| unreadable(&why))?;
    let text = std::str::from_utf8(&bytes).map_err(|why| unreadable(&why))?;
    let mut sections = ini::parse(text).map_err(|wrong| ProfileError::Syntax {
        path: path.to_owned(),
        line: wrong.line,
        what: wrong.what,
    })?;
    // An empty file has no profile, but one without DEFAULT is usual: it inherits nothing.
    sections.retain(|name, section| name != DEFAULT || !section.entries.is_empty());
    Ok(sections)
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    fs::File::open(path)?
        .take(LONGEST_FILE + 1)
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST_FILE) {
        Ok(bytes)
    } else {
        Err(io::Error::other("it is longer than 1 MiB"))
    }
}

/// The form that Oracle's SDK asks of an id: five parts or more, the first and last not empty.
pub fn is_ocid(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    let plain = |part: &str| {
        part.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let ends = [parts.first(), parts.last()];
    parts.len() >= 5
        && parts.iter().all(|part| plain(part))
        && ends
            .iter()
            .all(|end| end.is_some_and(|part| !part.is_empty()))
}

//! A profile: who signs requests, as `~/.oci/config` describes it.
//!
//! Reading a profile reads its key and session token too, so that whatever is wrong with them is
//! said at once, with the file and line to change.

mod error;
mod ini;
mod outline;
mod reading;
#[cfg(test)]
mod tests;
mod token;

pub use error::ProfileError;
pub use outline::Outline;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::key::SigningKey;
pub use reading::is_ocid;
use reading::{Reading, read_sections};

/// Who signs: tenancy, user or session, and the key.
#[derive(Clone, Debug)]
pub struct Profile {
    tenancy: String,
    user: Option<String>,
    fingerprint: String,
    region: Option<String>,
    key: SigningKey,
    key_file: PathBuf,
    session: Option<token::Session>,
}

impl Profile {
    /// Reads `profile` of the configuration file at `path`, its key and its session token.
    ///
    /// `passphrase` goes before the file's `pass_phrase`. `OCI_REGION` stands in for a region that
    /// the file does not give.
    pub fn load(
        path: &Path,
        profile: &str,
        passphrase: Option<&SecretString>,
    ) -> Result<Self, ProfileError> {
        let sections = read_sections(path)?;
        let Some(section) = sections.get(profile) else {
            return Err(ProfileError::NoProfile {
                path: path.to_owned(),
                profile: profile.to_owned(),
                known: sections.keys().cloned().collect(),
            });
        };
        Reading {
            path,
            profile,
            line: section.line,
            sections: &sections,
        }
        .profile(passphrase)
    }

    /// The profiles of a configuration file, in its order.
    pub fn names(path: &Path) -> Result<Vec<String>, ProfileError> {
        Ok(read_sections(path)?.into_keys().collect())
    }

    /// Where the configuration file is: `~/.oci/config`, else `$OCI_CONFIG_FILE`, else the name
    /// of long ago. What is not there yet would be at the first.
    pub fn default_path() -> Option<PathBuf> {
        let home = std::env::home_dir()?;
        Some(pick_path(
            &home,
            std::env::var_os("OCI_CONFIG_FILE"),
            Path::is_file,
        ))
    }

    /// The tenancy's id.
    pub fn tenancy(&self) -> &str {
        &self.tenancy
    }

    /// The user's id; a session has none.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The region that the profile names.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Where the private key is.
    pub fn key_file(&self) -> &Path {
        &self.key_file
    }

    /// The fingerprint that the file gives.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The fingerprint of the key itself. Where it differs from the file's, OCI answers 401.
    pub fn computed_fingerprint(&self) -> &str {
        self.key.fingerprint()
    }

    /// Whether the file's fingerprint is the key's.
    pub fn fingerprint_matches(&self) -> bool {
        self.fingerprint == self.key.fingerprint()
    }

    /// When the session ends, for a profile that is one.
    pub fn session_expiry(&self) -> Option<Timestamp> {
        self.session.as_ref().and_then(token::Session::expiry)
    }

    /// Whether this is a session (`oci session authenticate`), not an API key.
    pub fn is_session(&self) -> bool {
        self.session.is_some()
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// `keyId` of a signature.
    pub(super) fn key_id(&self) -> Zeroizing<String> {
        Zeroizing::new(match (&self.session, &self.user) {
            (Some(session), _) => format!("ST${}", session.token().expose_secret()),
            (None, user) => format!(
                "{}/{}/{}",
                self.tenancy,
                user.as_deref().unwrap_or_default(),
                self.fingerprint
            ),
        })
    }
}

fn pick_path(home: &Path, named: Option<OsString>, exists: impl Fn(&Path) -> bool) -> PathBuf {
    let usual = home.join(".oci/config");
    let old = home.join(".oraclebmc/config");
    match named.filter(|name| !name.is_empty()) {
        _ if exists(&usual) => usual,
        Some(named) => PathBuf::from(named),
        None if exists(&old) => old,
        None => usual,
    }
}

//! Host keys: read from a serial console, written as OpenSSH does, named by fingerprint.
//!
//! A console is a shared place: lines are torn by other writers, and any program on the machine may
//! print to it later. So only the first block counts, and only whole keys in it.

use std::fmt;

use russh::keys::{Algorithm, HashAlg, PublicKey};

/// What opens and closes the block in which cloud-init prints a machine's keys.
const BEGIN: &str = "-----BEGIN SSH HOST KEY KEYS-----";
const END: &str = "-----END SSH HOST KEY KEYS-----";
/// The longest block that is waited for, in bytes.
const LONGEST_BLOCK: usize = 64 << 10;
/// A machine has three or four keys.
const MOST_KEYS: usize = 8;

/// One public host key.
#[derive(Clone, PartialEq, Eq)]
pub struct HostKey(PublicKey);

impl HostKey {
    /// Reads `ssh-ed25519 AAAA…`; what follows is a comment.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        Self::of(words.next()?, words.next()?)
    }

    fn of(algorithm: &str, base64: &str) -> Option<Self> {
        if !is_host_algorithm(algorithm) {
            return None;
        }
        let key = PublicKey::from_openssh(&format!("{algorithm} {base64}")).ok()?;
        Some(Self(key))
    }

    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, …
    pub fn algorithm(&self) -> String {
        self.0.algorithm().to_string()
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.0
    }
}

impl From<&PublicKey> for HostKey {
    fn from(key: &PublicKey) -> Self {
        // A comment is nobody's identity.
        Self(PublicKey::new(key.key_data().clone(), ""))
    }
}

/// One line of OpenSSH's: `ssh-ed25519 AAAA…`.
impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.0.to_openssh().map_err(|_| fmt::Error)?;
        f.write_str(line.trim_end())
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm(), self.fingerprint())
    }
}

/// The keys of one machine, one for each algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostKeys(Vec<HostKey>);

impl HostKeys {
    /// Those of `keys` that are the first of their algorithm.
    pub fn new(keys: impl IntoIterator<Item = HostKey>) -> Self {
        let mut kept: Vec<HostKey> = Vec::new();
        for key in keys {
            let known = kept.iter().any(|it| it.algorithm() == key.algorithm());
            if !known && kept.len() < MOST_KEYS {
                kept.push(key);
            }
        }
        Self(kept)
    }

    /// The keys of the first block that a console shows. `None` while it shows none, or not the end
    /// of it, or no whole key in it: a later block is not taken for it, for anyone may print one.
    pub fn from_console(text: &str) -> Option<Self> {
        let (_, after) = text.split_once(BEGIN)?;
        let (block, _) = after.split_once(END)?;
        // A second beginning before the first end: what follows it is not this block's.
        if block.contains(BEGIN) {
            return None;
        }
        let keys = block.lines().filter_map(|line| {
            let words: Vec<&str> = line
                .split(|c: char| c.is_whitespace() || c.is_control())
                .filter(|word| !word.is_empty())
                .collect();
            words.windows(2).find_map(|pair| match pair {
                [algorithm, base64] => HostKey::of(algorithm, base64),
                _ => None,
            })
        });
        let keys = Self::new(keys);
        (!keys.is_empty()).then_some(keys)
    }

    /// What of a console in which no keys were found is worth keeping until more of it comes: the first
    /// block from its beginning on, or an end that may be the beginning of one. Bounded: a block that
    /// does not end is kept as far as that, so that no later one is taken for it.
    pub fn unfinished(console: &str) -> &str {
        let from = console.find(BEGIN).unwrap_or_else(|| {
            let about = console.len().saturating_sub(BEGIN.len() - 1);
            console.ceil_char_boundary(about)
        });
        let kept = console.get(from..).unwrap_or_default();
        let most = kept.floor_char_boundary(LONGEST_BLOCK);
        kept.get(..most).unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &HostKey> {
        self.0.iter()
    }

    /// The fingerprints, `SHA256:…`.
    pub fn fingerprints(&self) -> Vec<String> {
        self.iter().map(HostKey::fingerprint).collect()
    }

    /// Whether `key` is one of them.
    pub fn contains(&self, key: &HostKey) -> bool {
        self.0.contains(key)
    }

    /// Whether both can be of one machine: they share a key, and no algorithm has two.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let clash = self.iter().any(|key| {
            let same = other.iter().find(|it| it.algorithm() == key.algorithm());
            same.is_some_and(|it| it != key)
        });
        !clash && self.iter().any(|key| other.contains(key))
    }

    /// The algorithms to ask for, those of these keys first. The others stay on the list, so that a
    /// stranger's key is seen and named rather than not agreed upon.
    pub(super) fn preferred(&self, all: &[Algorithm]) -> Vec<Algorithm> {
        let is_ours = |algorithm: &Algorithm| {
            self.iter().any(|key| {
                let ours = key.public().algorithm();
                ours == *algorithm || (is_rsa(&ours) && is_rsa(algorithm))
            })
        };
        let (ours, others): (Vec<_>, Vec<_>) = all.iter().cloned().partition(is_ours);
        ours.into_iter().chain(others).collect()
    }
}

fn is_rsa(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { .. })
}

fn is_host_algorithm(word: &str) -> bool {
    matches!(
        word,
        "ssh-ed25519"
            | "ssh-rsa"
            | "ecdsa-sha2-nistp256"
            | "ecdsa-sha2-nistp384"
            | "ecdsa-sha2-nistp521"
    )
}

#[cfg(test)]
mod tests;

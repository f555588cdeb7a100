//! A machine's SSH host keys, and how cloud-init shows them on the console.
//!
//! RSA is left out: making such a key takes seconds, and no client needs it.

use russh::keys::ssh_key::{EcdsaCurve, Error};
use russh::keys::{Algorithm, HashAlg, PrivateKey};

use rsa::rand_core::UnwrapErr;

use crate::lab::random::SystemRandom;

/// Makes the keys of a new machine: ECDSA and Ed25519.
pub(super) fn generate() -> Result<Vec<PrivateKey>, Error> {
    let ecdsa = Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    };
    [ecdsa, Algorithm::Ed25519]
        .into_iter()
        .map(|algorithm| PrivateKey::random(&mut UnwrapErr(SystemRandom), algorithm))
        .collect()
}

/// A public key as `/etc/ssh/ssh_host_*_key.pub` has it.
pub(super) fn public_line(key: &PrivateKey, host: &str) -> String {
    let public = key.public_key().to_openssh().unwrap_or_default();
    format!("{public} root@{host}")
}

/// The block between BEGIN and END that cloud-init writes to the console.
pub(super) fn block(keys: &[PrivateKey], host: &str) -> String {
    let lines: Vec<String> = keys.iter().map(|key| public_line(key, host)).collect();
    format!(
        "-----BEGIN SSH HOST KEY KEYS-----\n{}\n-----END SSH HOST KEY KEYS-----\n",
        lines.join("\n")
    )
}

/// The block of fingerprints that precedes it; `date` is the logger's.
pub(super) fn fingerprints(keys: &[PrivateKey], host: &str, date: &str) -> String {
    let mark = format!("<14>{date} cloud-init: ");
    let bar = "#".repeat(61);
    let lines: Vec<String> = keys
        .iter()
        .map(|key| {
            let (fingerprint, kind) = (fingerprint(key), kind(key).to_uppercase());
            format!("{mark}256 {fingerprint} root@{host} ({kind})\n")
        })
        .collect();
    let lines = lines.concat();
    format!(
        "{mark}{bar}\n{mark}-----BEGIN SSH HOST KEY FINGERPRINTS-----\n{lines}\
         {mark}-----END SSH HOST KEY FINGERPRINTS-----\n{mark}{bar}\n"
    )
}

/// A key's fingerprint as OpenSSH shows it.
pub(super) fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

/// What a kind of key is called in file names.
pub(super) fn kind(key: &PrivateKey) -> &'static str {
    if key.algorithm() == Algorithm::Ed25519 {
        "ed25519"
    } else {
        "ecdsa"
    }
}

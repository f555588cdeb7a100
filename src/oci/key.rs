//! The private key that signs requests: reading its PEM forms, its fingerprint.
//!
//! Signing is ring's, which takes RSA keys of 2048 bits and more: Oracle's published examples,
//! made with a key of 1024 bits, cannot be signed here, and neither would OCI accept such a key.

mod made;

pub use made::NewKey;

use std::fmt;
use std::sync::Arc;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use md5::{Digest, Md5};
use pem::Pem;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo};
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, SecretDocument, pkcs5};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a PEM file with a private key.
    #[error(
        "it holds no private key in PEM form (it should begin with -----BEGIN … PRIVATE KEY-----)"
    )]
    NoPrivateKey,
    /// A PEM block of another sort.
    #[error("it holds a {0:?}, not an RSA private key")]
    WrongSort(String),
    /// Encrypted, and no passphrase is known.
    #[error("it is encrypted: give its passphrase (`pass_phrase` in the profile, or when asked)")]
    PassphraseNeeded,
    /// Encrypted with another passphrase.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Encrypted in a way that is not read here.
    #[error(
        "it is encrypted with {0}, which is not supported; convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in OLD -out NEW"
    )]
    Cipher(String),
    /// RSA, but unusable.
    #[error("it is not usable as an RSA key of 2048 bits or more ({0})")]
    Rejected(String),
    /// Signing itself failed.
    #[error("signing failed")]
    Signing,
}

/// An RSA private key, ready to sign.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
    fingerprint: String,
}

impl SigningKey {
    /// Reads a PEM file: PKCS#8 or PKCS#1, plain or encrypted, whatever line follows it.
    ///
    /// A passphrase for a key that has none is ignored, as Oracle's tools do.
    pub fn from_pem(text: &[u8], passphrase: Option<&SecretString>) -> Result<Self, KeyError> {
        let block = pem::parse(text).map_err(|_| KeyError::NoPrivateKey)?;
        let encrypted =
            block.tag() == "ENCRYPTED PRIVATE KEY" || block.headers().get("DEK-Info").is_some();
        let pair = match block.tag() {
            "PRIVATE KEY" => KeyPair::from_pkcs8(block.contents()),
            "ENCRYPTED PRIVATE KEY" => {
                KeyPair::from_pkcs8(decrypt_pkcs8(&block, passphrase)?.as_bytes())
            }
            "RSA PRIVATE KEY" if encrypted => {
                KeyPair::from_der(&decrypt_pkcs1(&block, passphrase)?)
            }
            "RSA PRIVATE KEY" => KeyPair::from_der(block.contents()),
            other => return Err(KeyError::WrongSort(other.to_owned())),
        };
        let pair = pair.map_err(|why| match why.to_string().as_str() {
            // Padding can fit by chance: what then comes out is no key.
            "InvalidEncoding" if encrypted => KeyError::WrongPassphrase,
            why => KeyError::Rejected(why.to_owned()),
        })?;
        let fingerprint = fingerprint_of(pair.public_key().as_ref())?;
        Ok(Self {
            pair: Arc::new(pair),
            fingerprint,
        })
    }

    /// MD5 of the public key's DER `SubjectPublicKeyInfo`, as OCI's console shows it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| KeyError::Signing)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint)
    }
}

fn decrypt_pkcs8(
    block: &Pem,
    passphrase: Option<&SecretString>,
) -> Result<SecretDocument, KeyError> {
    let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
    let info = EncryptedPrivateKeyInfoRef::from_der(block.contents())
        .map_err(|_| KeyError::Cipher("an old scheme".to_owned()))?;
    info.decrypt(passphrase.expose_secret()).map_err(|why| {
        if let pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::UnsupportedAlgorithm { oid }) = why {
            KeyError::Cipher(format!("an old algorithm ({oid})"))
        } else {
            KeyError::WrongPassphrase
        }
    })
}

/// The older form, in which OpenSSL derives the key from one round of MD5.
fn decrypt_pkcs1(
    block: &Pem,
    passphrase: Option<&SecretString>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
    let info = block.headers().get("DEK-Info").unwrap_or_default();
    let (cipher, iv) = info.split_once(',').unwrap_or((info, ""));
    let unsupported = || KeyError::Cipher(cipher.trim().to_owned());
    let iv: [u8; 16] = hex(iv.trim())
        .and_then(|iv| iv.try_into().ok())
        .ok_or_else(unsupported)?;
    let salt = *iv.first_chunk::<8>().ok_or_else(unsupported)?;
    let key = derive(passphrase.expose_secret().as_bytes(), salt);
    let plain = match cipher.trim() {
        "AES-256-CBC" => cbc::Decryptor::<aes::Aes256>::new_from_slices(&*key, &iv)
            .map_err(|_| unsupported())?
            .decrypt_padded_vec::<Pkcs7>(block.contents()),
        "AES-128-CBC" => cbc::Decryptor::<aes::Aes128>::new_from_slices(
            key.first_chunk::<16>().ok_or_else(unsupported)?,
            &iv,
        )
        .map_err(|_| unsupported())?
        .decrypt_padded_vec::<Pkcs7>(block.contents()),
        _ => return Err(unsupported()),
    };
    plain
        .map(Zeroizing::new)
        .map_err(|_| KeyError::WrongPassphrase)
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one iteration, for 32 bytes.
fn derive(passphrase: &[u8], salt: [u8; 8]) -> Zeroizing<[u8; 32]> {
    let first = Md5::new()
        .chain_update(passphrase)
        .chain_update(salt)
        .finalize();
    let second = Md5::new()
        .chain_update(first)
        .chain_update(passphrase)
        .chain_update(salt)
        .finalize();
    let mut key = Zeroizing::new([0; 32]);
    for (byte, from) in key.iter_mut().zip(first.iter().chain(second.iter())) {
        *byte = *from;
    }
    key
}

fn hex(text: &str) -> Option<Vec<u8>> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn fingerprint_of(rsa_public_key: &[u8]) -> Result<String, KeyError> {
    let rejected = |_| KeyError::Rejected("its public part cannot be written".to_owned());
    let der = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifierRef {
            oid: RSA_ENCRYPTION,
            parameters: Some(AnyRef::NULL),
        },
        subject_public_key: BitStringRef::from_bytes(rsa_public_key).map_err(rejected)?,
    }
    .to_der()
    .map_err(rejected)?;
    let pairs: Vec<String> = Md5::digest(&der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(pairs.join(":"))
}

#[cfg(test)]
mod tests;

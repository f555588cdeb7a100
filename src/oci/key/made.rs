//! Making a new API key, in the form that Oracle's tools write.

use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use rsa::{RsaPrivateKey, RsaPublicKey};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::{KeyError, SigningKey};

/// What OCI's documentation asks for.
const BITS: usize = 2048;
/// The line after the key by which Oracle's tools know what it is for.
const LABEL: &str = "OCI_API_KEY\n";

/// A key pair that was made just now.
#[derive(Debug)]
pub struct NewKey {
    /// The private key as PEM (PKCS#8), with the label that Oracle's tools look for.
    pub private: SecretString,
    /// The public key as PEM: what is pasted into the console.
    pub public: String,
    /// The public key's fingerprint, as the console shows it.
    pub fingerprint: String,
}

impl NewKey {
    /// Makes a pair. It takes a moment of pure arithmetic, so it belongs on a thread of its own;
    /// that thread panics where the operating system has no randomness to give.
    pub fn make() -> Result<Self, KeyError> {
        let rejected = |why: &dyn std::fmt::Display| KeyError::Rejected(why.to_string());
        let private =
            RsaPrivateKey::new(&mut UnwrapErr(OfTheSystem), BITS).map_err(|why| rejected(&why))?;
        let pem = private
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|why| rejected(&why))?;
        let text = Zeroizing::new(format!("{}{LABEL}", *pem));
        // Read back by the reader that will sign with it.
        let fingerprint = SigningKey::from_pem(text.as_bytes(), None)?
            .fingerprint()
            .to_owned();
        Ok(Self {
            private: SecretString::from(text.as_str()),
            public: RsaPublicKey::from(&private)
                .to_public_key_pem(LineEnding::LF)
                .map_err(|why| rejected(&why))?,
            fingerprint,
        })
    }
}

/// The operating system's randomness.
#[derive(Debug)]
struct OfTheSystem;

impl TryRng for OfTheSystem {
    type Error = getrandom::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        getrandom::u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        getrandom::u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(bytes)
    }
}

impl TryCryptoRng for OfTheSystem {}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_new_key_signs_and_never_shows() {
        let key = NewKey::make().unwrap();
        let pem = key.private.expose_secret();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(pem.ends_with("-----END PRIVATE KEY-----\nOCI_API_KEY\n"));
        assert!(key.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        let reader = SigningKey::from_pem(pem.as_bytes(), None).unwrap();
        assert_eq!(reader.sign(b"date: now").unwrap().len(), BITS / 8);
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

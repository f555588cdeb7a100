//! Every form in which a key file comes, and every way in which it can be wrong.

use rstest::rstest;
use secrecy::SecretString;

use super::{KeyError, SigningKey};
use crate::oci::vectors::{self, PASSPHRASE};

/// As OpenSSL writes them: `rsa -traditional -aes128`, and `pkcs8 -v2prf hmacWithSHA1`.
const AES_128: &str = include_str!("../../../tests/data/oci/keys/pkcs1-aes-128.pem");
const HMAC_SHA1: &str = include_str!("../../../tests/data/oci/keys/pkcs8-hmac-sha1.pem");

fn read(text: &str, passphrase: Option<&str>) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(text.as_bytes(), passphrase.map(SecretString::from).as_ref())
}

#[rstest]
#[case::pkcs8("key_pkcs8", None)]
#[case::pkcs1("key_pkcs1", None)]
#[case::labelled("key_with_label", None)]
#[case::needless_passphrase("key_pkcs8", Some("whatever"))]
#[case::encrypted_pkcs8("key_pkcs8_encrypted", Some(PASSPHRASE))]
#[case::encrypted_pkcs1("key_pkcs1_encrypted_dek_info", Some(PASSPHRASE))]
fn all_forms_are_the_same_key(#[case] form: &str, #[case] passphrase: Option<&str>) {
    let key = read(&vectors::key(form), passphrase).unwrap();
    let expected = vectors::all()["generated_2048"]["fingerprint"].clone();
    assert_eq!(key.fingerprint(), expected.as_str().unwrap());
}

#[rstest]
#[case("key_pkcs8_encrypted")]
#[case("key_pkcs1_encrypted_dek_info")]
fn a_wrong_or_missing_passphrase_is_said_plainly(#[case] form: &str) {
    let text = vectors::key(form);
    for wrong in ["Swordfish", "", "swordfish "] {
        assert_eq!(
            read(&text, Some(wrong)).unwrap_err(),
            KeyError::WrongPassphrase
        );
    }
    assert_eq!(read(&text, None).unwrap_err(), KeyError::PassphraseNeeded);
}

#[test]
fn line_ends_and_words_before_a_key_do_not_matter() {
    for form in ["key_with_label", "key_pkcs1_encrypted_dek_info"] {
        let text = format!("my key\n\n{}", vectors::key(form)).replace('\n', "\r\n");
        assert!(read(&text, Some(PASSPHRASE)).is_ok(), "{form}");
    }
}

#[test]
fn a_key_under_aes_128_is_read_too() {
    let key = read(AES_128, Some(PASSPHRASE)).unwrap();
    let same = read(&vectors::key("key_pkcs1"), None).unwrap();
    assert_eq!(key.fingerprint(), same.fingerprint());
}

#[test]
fn a_key_of_1024_bits_is_refused() {
    let published = vectors::pem(&vectors::all()["private_key_pem"]);
    let refused = read(&published, None).unwrap_err();
    assert!(
        matches!(&refused, KeyError::Rejected(why) if why == "TooSmall"),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("2048 bits or more"));
}

#[test]
fn what_is_no_key_is_named() {
    assert_eq!(
        read("ssh-ed25519 AAAA me", None).unwrap_err(),
        KeyError::NoPrivateKey
    );
    assert_eq!(read("", None).unwrap_err(), KeyError::NoPrivateKey);
    let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    assert_eq!(
        read(public, None).unwrap_err(),
        KeyError::WrongSort("PUBLIC KEY".to_owned())
    );
    let refused = read(HMAC_SHA1, Some(PASSPHRASE)).unwrap_err();
    assert!(matches!(refused, KeyError::Cipher(_)), "{refused:?}");
    let old = vectors::key("key_pkcs1_encrypted_dek_info").replace("AES-256-CBC", "DES-EDE3-CBC");
    assert_eq!(
        read(&old, Some(PASSPHRASE)).unwrap_err(),
        KeyError::Cipher("DES-EDE3-CBC".to_owned())
    );
}

#[test]
fn a_key_does_not_show_itself() {
    let key = read(&vectors::key("key_pkcs8"), None).unwrap();
    assert_eq!(
        format!("{key:?}"),
        format!("SigningKey({})", key.fingerprint())
    );
}

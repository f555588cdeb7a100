//! Keys: the file's formats and faults, and what a refusal tells.

use std::path::PathBuf;

use k3scope::ssh::{KeyFault, Login, SshError};
use rstest::rstest;
use russh::keys::{PrivateKey, encode_pkcs8_pem, encode_pkcs8_pem_encrypted};

use super::server::{Machine, USER, User, new_key};

const PASSPHRASE: &str = "correct horse";

fn openssh(key: &PrivateKey) -> Vec<u8> {
    let text = key.to_openssh(russh::keys::ssh_key::LineEnding::LF);
    text.unwrap().as_bytes().to_vec()
}

fn openssh_encrypted(key: &PrivateKey) -> Vec<u8> {
    let encrypted = key.encrypt(&mut russh::keys::key::safe_rng(), PASSPHRASE);
    openssh(&encrypted.unwrap())
}

fn pkcs8(key: &PrivateKey) -> Vec<u8> {
    let mut text = Vec::new();
    encode_pkcs8_pem(key, &mut text).unwrap();
    text
}

fn pkcs8_encrypted(key: &PrivateKey) -> Vec<u8> {
    let mut text = Vec::new();
    encode_pkcs8_pem_encrypted(key, PASSPHRASE.as_bytes(), 10, &mut text).unwrap();
    text
}

#[rstest]
#[case::openssh(openssh)]
#[case::openssh_encrypted(openssh_encrypted)]
#[case::pkcs8(pkcs8)]
#[case::pkcs8_encrypted(pkcs8_encrypted)]
#[tokio::test]
async fn each_format_logs_in(#[case] written: fn(&PrivateKey) -> Vec<u8>) {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let file = user.folder.path().join("other");
    std::fs::write(&file, written(&user.key)).unwrap();
    let login = Login::new(USER, &file).with_passphrase(Some(PASSPHRASE.into()));
    login.check().await.unwrap();
    let clock = k3scope::clock::Clock::default();
    let hop = machine.hop();
    k3scope::ssh::Session::connect(&hop, &login, &machine.dial(), clock)
        .await
        .unwrap();
}

fn public(key: &PrivateKey) -> Vec<u8> {
    key.public_key().to_openssh().unwrap().into_bytes()
}

/// What leaves no file behind.
fn nothing(_: &PrivateKey) -> Vec<u8> {
    Vec::new()
}

#[rstest]
#[case::encrypted(openssh_encrypted, None, KeyFault::Encrypted)]
#[case::pkcs8_encrypted(pkcs8_encrypted, None, KeyFault::Encrypted)]
#[case::wrong(openssh_encrypted, Some("wrong"), KeyFault::WrongPassphrase)]
#[case::pkcs8_wrong(pkcs8_encrypted, Some("wrong"), KeyFault::WrongPassphrase)]
#[case::missing(nothing, None, KeyFault::Missing)]
#[case::public(public, None, KeyFault::Public)]
#[tokio::test]
async fn a_key_that_does_not_serve_says_why(
    #[case] written: fn(&PrivateKey) -> Vec<u8>,
    #[case] passphrase: Option<&str>,
    #[case] fault: KeyFault,
) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let text = written(&new_key());
    if !text.is_empty() {
        std::fs::write(&file, text).unwrap();
    }
    let login = Login::new(USER, &file).with_passphrase(passphrase.map(Into::into));
    let error = login.check().await.unwrap_err();
    assert_eq!(
        error,
        SshError::Key {
            path: file.clone(),
            why: fault
        }
    );
    let problem = error.problem();
    assert!(problem.detail.contains(&file.display().to_string()));
    assert!(!problem.next.is_empty());
}

#[tokio::test]
async fn a_stranger_is_told_which_key_was_not_taken() {
    let (user, stranger) = (User::new(), User::new());
    let machine = Machine::start(&user).await;
    let error = machine.session(&stranger).await.unwrap_err();
    let shown = k3scope::ssh::HostKey::from(stranger.key.public_key()).fingerprint();
    assert!(matches!(&error, SshError::Login { tried, .. } if tried.len() == 1));
    assert!(error.to_string().contains(&shown), "{error}");
    assert!(error.problem().next.contains("ssh.private_key"));
    assert!(!error.may_pass());
}

#[tokio::test]
async fn an_agent_that_is_not_there_leaves_the_files_own_fault() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let login = Login::new(USER, &user.folder.path().join("none"))
        .with_agent(Some(PathBuf::from("/nonexistent/agent")));
    let clock = k3scope::clock::Clock::default();
    let refused =
        k3scope::ssh::Session::connect(&machine.hop(), &login, &machine.dial(), clock).await;
    let missing = |error: &SshError| {
        matches!(
            error,
            SshError::Key {
                why: KeyFault::Missing,
                ..
            }
        )
    };
    assert!(refused.as_ref().is_err_and(missing), "{refused:?}");
}

#[test]
fn nothing_of_a_key_or_a_passphrase_shows() {
    let user = User::new();
    let login = user.login().with_passphrase(Some("hunter2".into()));
    let shown = format!("{login:?}");
    assert!(
        shown.contains(USER) && !shown.contains("hunter2"),
        "{shown}"
    );
}

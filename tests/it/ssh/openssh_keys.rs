//! Keys as OpenSSH and OpenSSL write them, and OpenSSH's server, which lets in who has them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::ssh::{KeyFault, KeyPair, Login, Session, SshError};
use rstest::rstest;

use super::sshd::{Sshd, real, user};

const PASSPHRASE: &str = "correct horse";

/// Has `ssh-keygen` make a key of this kind and format.
fn keygen(file: &Path, kind: &[&str], passphrase: &str) -> bool {
    let Some(program) = real("ssh-keygen") else {
        return false;
    };
    let made = Command::new(program)
        .args(["-q", "-C", "test", "-N", passphrase])
        .args(kind)
        .arg("-f")
        .arg(file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    true
}

async fn logs_in(sshd: &Sshd, login: &Login) -> Result<Vec<u8>, SshError> {
    // To open an encrypted key without optimisation takes long on a busy computer.
    let dial = sshd.dial().with_patience(Duration::from_mins(2));
    let session = Session::connect(&sshd.hop(), login, &dial, Clock::default()).await?;
    Ok(session.run("echo in").await?.stdout)
}

#[rstest]
#[case::ed25519(&["-t", "ed25519"])]
#[case::ecdsa(&["-t", "ecdsa", "-b", "256"])]
#[case::rsa(&["-t", "rsa", "-b", "3072"])]
#[case::ecdsa_pkcs8(&["-t", "ecdsa", "-b", "256", "-m", "PKCS8"])]
#[case::rsa_pkcs8(&["-t", "rsa", "-b", "3072", "-m", "PKCS8"])]
#[tokio::test]
async fn a_key_of_ssh_keygen_logs_in_plain_and_with_its_passphrase(#[case] kind: &[&str]) {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    for passphrase in ["", PASSPHRASE] {
        let name = if passphrase.is_empty() {
            "plain"
        } else {
            "kept"
        };
        let file = sshd.folder.path().join(name);
        if !keygen(&file, kind, passphrase) {
            return;
        }
        let public = std::fs::read_to_string(file.with_extension("pub")).unwrap();
        sshd.lets_in(&public);
        let login = Login::new(&user(), &file);
        let right = login.clone().with_passphrase(Some(PASSPHRASE.into()));
        let right = logs_in(&sshd, &right).await;
        assert_eq!(right.unwrap(), b"in\n", "{}", sshd.log());
        // Each login reads the file itself: the one above has kept nothing for it.
        let absent = logs_in(&sshd, &Login::new(&user(), &file)).await;
        let wrong = Login::new(&user(), &file).with_passphrase(Some("wrong".into()));
        let wrong = logs_in(&sshd, &wrong).await;
        if passphrase.is_empty() {
            assert_eq!(absent.unwrap(), b"in\n");
            assert_eq!(
                wrong.unwrap(),
                b"in\n",
                "a passphrase too many does no harm"
            );
            continue;
        }
        for (refused, why) in [
            (absent, KeyFault::Encrypted),
            (wrong, KeyFault::WrongPassphrase),
        ] {
            let path = file.clone();
            assert_eq!(refused.unwrap_err(), SshError::Key { path, why });
        }
        let said = SshError::Key {
            path: file.clone(),
            why: KeyFault::WrongPassphrase,
        };
        assert!(said.problem().next.contains(&file.display().to_string()));
    }
}

/// OpenSSL's own PKCS#8, with the ciphers and key derivations that its versions have used.
#[rstest]
#[case::plain(&["-nocrypt"], false)]
#[case::aes(&["-v2", "aes-256-cbc"], true)]
#[case::scrypt(&["-scrypt"], true)]
#[tokio::test]
async fn a_key_of_openssl_logs_in(#[case] how: &[&str], #[case] encrypted: bool) {
    let (Some(sshd), Some(openssl)) = (Sshd::start().await, real("openssl")) else {
        return;
    };
    for kind in [
        ["ED25519", "-outform", "PEM"].as_slice(),
        &["RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    ] {
        let at = |name: &str| sshd.folder.path().join(name);
        let run = |args: &[&str]| {
            let ended = Command::new(&openssl)
                .args(args)
                .current_dir(sshd.folder.path())
                .output()
                .unwrap();
            assert!(ended.status.success(), "{ended:?}");
        };
        let make = ["genpkey", "-out", "made", "-algorithm"];
        run(&[make.as_slice(), kind].concat());
        let out = [
            "-in",
            "made",
            "-out",
            "key8",
            "-passout",
            "pass:correct horse",
        ];
        run(&[["pkcs8", "-topk8"].as_slice(), how, &out].concat());
        let (private, public) = (at("made"), at("public"));
        let _ = std::fs::remove_file(&public);
        sshd.lets_in(&KeyPair::make(&private, &public).unwrap().public);
        let written = std::fs::read_to_string(at("key8")).unwrap();
        assert_eq!(written.contains("BEGIN ENCRYPTED PRIVATE KEY"), encrypted);
        let login = Login::new(&user(), &at("key8")).with_passphrase(Some(PASSPHRASE.into()));
        assert_eq!(logs_in(&sshd, &login).await.unwrap(), b"in\n");
    }
}

#[tokio::test]
async fn a_key_that_it_does_not_know_is_named_with_its_fingerprint() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let file = sshd.folder.path().join("stranger");
    let stranger = KeyPair::make(&file, &file.with_extension("pub")).unwrap();
    let refused = logs_in(&sshd, &Login::new(&user(), &file))
        .await
        .unwrap_err();
    assert!(matches!(refused, SshError::Login { .. }), "{refused}");
    assert!(
        refused.to_string().contains(&stranger.fingerprint),
        "{refused}"
    );
    assert!(refused.problem().next.contains("ssh.private_key"));
}

//! The SSH key pair: whole, private, and able to be used.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use k3scope::domain::preflight::Verdict;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn half_a_pair_or_one_that_others_read_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let key = folder.path().join("lab/ssh_key");
    let public = folder.path().join("lab/ssh_key.pub");
    let found = world.one("ssh-key", &[]).await;
    assert_eq!(found.verdict, Verdict::Passed, "{found:?}");
    assert!(
        found.evidence.starts_with("ssh-ed25519 SHA256:"),
        "{found:?}"
    );
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let found = world.one("ssh-key", &[]).await;
        assert_eq!(found.verdict, Verdict::Blocks, "{found:?}");
        assert!(found.next.starts_with("run `chmod 600 "), "{found:?}");
    }
    fs::set_permissions(&key, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(world.one("ssh-key", &[]).await.verdict, Verdict::Passed);
    fs::rename(&key, folder.path().join("away")).unwrap();
    let found = world.one("ssh-key", &[]).await;
    assert_eq!(found.verdict, Verdict::Blocks, "{found:?}");
    assert!(found.evidence.contains("its private half"), "{found:?}");
    fs::remove_file(&public).unwrap();
    let found = world.one("ssh-key", &[]).await;
    assert!(
        found.verdict == Verdict::Blocks && found.next.contains("ssh-keygen"),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_a_passphrase_needs_somebody_who_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let file = folder.path().join("lab/ssh_key");
    let plain = PrivateKey::from_openssh(fs::read(&file).unwrap()).unwrap();
    let locked = plain
        .encrypt(&mut russh::keys::key::safe_rng(), "correct horse")
        .unwrap();
    fs::write(&file, locked.to_openssh(LineEnding::LF).unwrap().as_bytes()).unwrap();
    let text = &world.text;
    let found = world.find(text, &["ssh-key"], Some("correct horse")).await;
    assert_eq!(found[0].verdict, Verdict::Passed, "{found:?}");
    let found = world.find(text, &["ssh-key"], Some("battery staple")).await;
    assert_eq!(found[0].verdict, Verdict::Blocks, "{found:?}");
    assert!(!format!("{found:?}").contains("staple"));
    let found = world.find(text, &["ssh-key"], None).await;
    assert_eq!(found[0].verdict, Verdict::Warns, "{found:?}");
    assert!(found[0].next.contains("ssh-add"), "{found:?}");
}

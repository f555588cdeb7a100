//! What is left in the workspace: whole, private, and never in the place of something else.

use std::fs;

use k3scope::app::setup::draft;
use k3scope::config::{Layout, annotated};
use k3scope::domain::setup::{Ask, Hidden, Told};

use super::desk::{Desk, mode};

fn write(text: &str) -> Ask {
    Ask::Write {
        text: text.to_owned(),
    }
}

fn keep(draft: &str) -> Ask {
    Ask::Keep {
        draft: draft.to_owned(),
    }
}

fn secret(name: &str) -> Ask {
    Ask::KeepSecret {
        name: name.to_owned(),
        secret: Hidden::new("t0ken".to_owned()),
    }
}

/// The copies of `cluster.toml` that were kept.
fn copies(desk: &Desk) -> Vec<String> {
    let entries = fs::read_dir(desk.folder.path()).unwrap().flatten();
    let copies = entries.filter(|it| it.file_name().to_string_lossy().contains(".bak-"));
    copies
        .map(|it| fs::read_to_string(it.path()).unwrap())
        .collect()
}

#[tokio::test]
async fn a_draft_is_kept_until_cluster_toml_is_written() {
    let mut desk = Desk::alone(false);
    let config = desk.path("cluster.toml");
    assert_eq!(draft(&config), None);
    assert!(!desk.path(".k3scope").exists(), "looking makes nothing");
    assert_eq!(desk.ask(keep(r#"{"step":1}"#)).await, Told::Draft);
    assert_eq!(desk.ask(keep(r#"{"step":2}"#)).await, Told::Draft);
    assert_eq!(draft(&config).as_deref(), Some(r#"{"step":2}"#));
    assert_eq!(mode(&desk.path(".k3scope")), 0o700);
    assert_eq!(mode(&desk.path(".k3scope/wizard.json")), 0o600);

    let text = annotated(Layout::Compact);
    let told = desk.ask(write(&text)).await;
    assert!(
        matches!(&told, Told::Written { path } if path.ends_with("cluster.toml")),
        "{told:?}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
    assert_eq!(draft(&config), None);
    assert!(copies(&desk).is_empty());
}

#[tokio::test]
async fn a_different_file_is_kept_beside_the_new_one() {
    let mut desk = Desk::alone(false);
    let (first, second) = (annotated(Layout::Reference), annotated(Layout::Compact));
    desk.ask(write(&first)).await;
    desk.ask(write(&first)).await;
    assert!(copies(&desk).is_empty(), "the same text is no change");
    desk.ask(write(&second)).await;
    desk.ask(write(&first)).await;
    let mut kept = copies(&desk);
    kept.sort();
    let mut expected = [first.clone(), second];
    expected.sort();
    assert_eq!(kept, expected);
    assert_eq!(
        fs::read_to_string(desk.path("cluster.toml")).unwrap(),
        first
    );
}

#[tokio::test]
async fn what_is_not_valid_or_not_ours_is_not_written() {
    let mut desk = Desk::alone(false);
    let config = desk.path("cluster.toml");
    let problem = desk.refused(write("[cluster]\nname = \"No Name\"\n")).await;
    assert!(problem.detail.contains("cluster.toml:2:"), "{problem:?}");
    assert!(!config.exists());

    let elsewhere = desk.path("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &config).unwrap();
    let problem = desk.refused(write(&annotated(Layout::Compact))).await;
    assert!(problem.detail.contains("symbolic link"), "{problem:?}");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
}

#[tokio::test]
async fn a_secret_goes_into_a_private_file_and_nowhere_else() {
    let mut desk = Desk::alone(false);
    let told = desk.ask(secret("cloudflare-token")).await;
    let file = ".k3scope/secrets/cloudflare-token";
    assert_eq!(told, Told::Secret { file: file.into() });
    assert_eq!(fs::read_to_string(desk.path(file)).unwrap(), "t0ken");
    assert_eq!(mode(&desk.path(file)), 0o600);
    assert_eq!(mode(&desk.path(".k3scope/secrets")), 0o700);
    for name in ["../cluster.toml", "a/b", "", "A", ".hidden", "a\0b"] {
        let problem = desk.refused(secret(name)).await;
        assert!(!format!("{problem:?}").contains("t0ken"));
    }

    fs::remove_dir_all(desk.path(".k3scope/secrets")).unwrap();
    let away = desk.path("away");
    fs::create_dir(&away).unwrap();
    std::os::unix::fs::symlink(&away, desk.path(".k3scope/secrets")).unwrap();
    desk.refused(secret("cloudflare-token")).await;
    assert_eq!(fs::read_dir(&away).unwrap().count(), 0);
}

#[tokio::test]
async fn an_ssh_key_is_found_or_made_and_never_replaced() {
    let mut desk = Desk::alone(false);
    let ask = |make| Ask::SshKey {
        private_key: "keys/id".into(),
        public_key: "keys/id.pub".into(),
        make,
    };
    let Told::SshKey { key } = desk.ask(ask(false)).await else {
        panic!("no answer");
    };
    assert!(key.public.is_empty() && !key.made);
    let Told::SshKey { key: made } = desk.ask(ask(true)).await else {
        panic!("no key");
    };
    assert!(made.made && made.public.starts_with("ssh-ed25519 "));
    assert_eq!(mode(&desk.path("keys/id")), 0o600);
    let Told::SshKey { key: again } = desk.ask(ask(true)).await else {
        panic!("no key");
    };
    assert!(!again.made);
    assert_eq!(again.fingerprint, made.fingerprint);
}

#[tokio::test]
async fn with_read_only_nothing_is_written() {
    let mut desk = Desk::alone(true);
    let asks = [
        keep("{}"),
        secret("cloudflare-token"),
        write(&annotated(Layout::Compact)),
        Ask::SshKey {
            private_key: "id".into(),
            public_key: "id.pub".into(),
            make: true,
        },
        Ask::MakeApiKey {
            config_file: desk.path("config"),
            profile: "NEW".to_owned(),
            user: "ocid1.user.oc1..aaaa".to_owned(),
            tenancy: "ocid1.tenancy.oc1..bbbb".to_owned(),
            region: "eu-frankfurt-1".to_owned(),
        },
    ];
    for ask in asks {
        let problem = desk.refused(ask).await;
        assert!(problem.title.contains("--read-only"), "{problem:?}");
    }
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), 0);
}

//! The agents' join token: made once, private, read back.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use k3scope::config::{AgentToken, TokenError};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn it_is_made_once_and_private() {
    let state = TempDir::new().unwrap();
    let first = AgentToken::of_workspace(state.path()).unwrap();
    let again = AgentToken::of_workspace(state.path()).unwrap();
    assert_eq!(first.secret().expose_secret().len(), 64);
    assert_eq!(
        first.secret().expose_secret(),
        again.secret().expose_secret()
    );
    assert_eq!(mode(&state.path().join("secrets")), 0o700);
    assert_eq!(mode(&state.path().join("secrets/agent-token")), 0o600);
    let entries = fs::read_dir(state.path().join("secrets")).unwrap().count();
    assert_eq!(entries, 1, "nothing else is left behind");
    let other = AgentToken::of_workspace(TempDir::new().unwrap().path()).unwrap();
    assert_ne!(
        first.secret().expose_secret(),
        other.secret().expose_secret()
    );
}

#[test]
fn one_that_was_read_back_is_kept_and_replaces_nothing() {
    let state = TempDir::new().unwrap();
    assert!(AgentToken::find(state.path()).unwrap().is_none());
    for wrong in ["", "too short", "g"] {
        let wrong = SecretString::from(wrong.repeat(64));
        assert!(AgentToken::keep(state.path(), &wrong).unwrap().is_none());
    }
    assert!(!state.path().join("secrets").exists());

    let digits = "0a".repeat(32);
    let found = SecretString::from(format!("{digits}\n"));
    let kept = AgentToken::keep(state.path(), &found).unwrap().unwrap();
    assert_eq!(kept.secret().expose_secret(), digits);
    assert_eq!(mode(&state.path().join("secrets/agent-token")), 0o600);
    let other = SecretString::from("1b".repeat(32));
    let stays = AgentToken::keep(state.path(), &other).unwrap().unwrap();
    assert_eq!(stays.secret().expose_secret(), digits);
    let read = AgentToken::of_workspace(state.path()).unwrap();
    assert_eq!(read.secret().expose_secret(), digits);
}

#[test]
fn one_that_others_can_read_or_that_is_no_token_is_refused() {
    let state = TempDir::new().unwrap();
    let file = state.path().join("secrets/agent-token");
    AgentToken::of_workspace(state.path()).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let refused = AgentToken::of_workspace(state.path());
    assert!(
        matches!(refused, Err(TokenError::Exposed(_))),
        "{refused:?}"
    );
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "too short\n").unwrap();
    let refused = AgentToken::of_workspace(state.path());
    assert!(matches!(refused, Err(TokenError::Form(_))), "{refused:?}");
    fs::rename(&file, file.with_extension("real")).unwrap();
    std::os::unix::fs::symlink("agent-token.real", &file).unwrap();
    let refused = AgentToken::of_workspace(state.path());
    assert!(
        matches!(refused, Err(TokenError::Exposed(_))),
        "{refused:?}"
    );
}

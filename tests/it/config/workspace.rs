//! `.k3scope/`: made private, and refused when it could be read or published.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use k3scope::config::{StateError, Workspace};
use rstest::rstest;
use tempfile::TempDir;

fn state(root: &Path) -> Result<std::path::PathBuf, StateError> {
    Workspace::beside(&root.join("cluster.toml")).state()
}

#[test]
fn it_is_made_private_and_ignored_and_found_again() {
    let folder = TempDir::new().unwrap();
    let path = state(folder.path()).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
    assert_eq!(state(folder.path()).unwrap(), path);
}

#[test]
fn a_link_a_file_and_an_open_folder_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(".k3scope");
    symlink(folder.path(), &path).unwrap();
    assert!(matches!(state(folder.path()), Err(StateError::Link(_))));
    fs::remove_file(&path).unwrap();
    fs::write(&path, "").unwrap();
    assert!(matches!(state(folder.path()), Err(StateError::NoFolder(_))));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o750)).unwrap();
    let error = state(folder.path()).unwrap_err();
    assert!(matches!(error, StateError::Open { mode: 0o750, .. }));
    assert!(error.to_string().contains("chmod 700"));
}

/// Runs `git`; `None` when it is not installed and need not be.
fn git(folder: &Path, arguments: &[&str]) -> Option<()> {
    let ran = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .output();
    match ran {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(())
        }
        Err(_) if std::env::var_os("K3SCOPE_REQUIRE_REAL").is_none() => {
            println!("skipped: git is not installed");
            None
        }
        Err(error) => panic!("git: {error}"),
    }
}

#[rstest]
#[case::version_2("2", "sha1")]
#[case::version_3("3", "sha1")]
#[case::version_4("4", "sha1")]
#[case::sha256("4", "sha256")]
fn what_git_tracks_is_refused(#[case] version: &str, #[case] format: &str) {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let workspace = root.join("clusters/one");
    fs::create_dir_all(&workspace).unwrap();
    let Some(()) = git(root, &["init", "--quiet", "--object-format", format]) else {
        return;
    };
    for name in [
        "a",
        "clusters/one/.k3scope-notes",
        "clusters/one/cluster.toml",
        "z",
    ] {
        fs::write(root.join(name), name).unwrap();
    }
    let path = state(&workspace).unwrap();
    git(root, &["add", "."]);
    git(root, &["update-index", "--index-version", version]);
    assert_eq!(state(&workspace).unwrap(), path, "ignored, so not tracked");
    fs::write(path.join("kubeconfig"), "secret").unwrap();
    git(
        root,
        &["add", "--force", "clusters/one/.k3scope/kubeconfig"],
    );
    git(
        root,
        &[
            "add",
            "--intent-to-add",
            "--force",
            "clusters/one/.k3scope/.gitignore",
        ],
    );
    assert!(matches!(state(&workspace), Err(StateError::Tracked(_))));
    git(
        root,
        &["rm", "-r", "--quiet", "--cached", "clusters/one/.k3scope"],
    );
    assert_eq!(state(&workspace).unwrap(), path);
}

#[test]
fn an_index_that_cannot_be_read_is_no_reason_to_go_on() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(
        folder.path().join(".git/index"),
        b"DIRC\0\0\0\x02\0\0\0\x05short",
    )
    .unwrap();
    assert!(matches!(state(folder.path()), Err(StateError::Io { .. })));
}

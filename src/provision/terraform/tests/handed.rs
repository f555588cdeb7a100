//! A program that only looks like `OpenTofu`: what it is handed, and what is told while it works.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::plan::Operation;
use crate::provision::onlooker::Onlooker;

/// Writes down its environment and its arguments, and answers with recorded streams, which name the
/// product as `OpenTofu` does.
fn laid(folder: &Path) -> Terraform {
    let samples = super::folder();
    let samples = samples.display();
    let script = format!(
        r#"#!/bin/sh
env | sort >>"{0}/environment"
echo "$@" >>"{0}/arguments"
renamed() {{ sed -e 's/"terraform":"1.11.4"/"tofu":"1.10.6"/' -e 's/terraform\.ui/tofu.ui/' "$1"; }}
case "$1" in
  version) echo "OpenTofu v1.10.6"; echo "on linux_arm64" ;;
  init) renamed {samples}/oci-init.jsonl ;;
  plan)
    for argument; do case "$argument" in -out=*) echo saved >"${{argument#-out=}}" ;; esac; done
    renamed {samples}/oci-plan-drift.jsonl
    exit 2 ;;
  show) cat {samples}/oci-show-plan-drift.json ;;
esac
"#,
        folder.display()
    );
    let program = folder.join("tofu");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let own = [("TF_VAR_auth".to_owned(), "SecurityToken".into())];
    Terraform {
        folder: folder.to_owned(),
        runs: folder.join("runs"),
        named: Some(program),
        environment: Environment::with(own),
        keeper: "/bin/false".into(),
        clock: Clock::default(),
        force: CancellationToken::new(),
        onlooker: Onlooker::default(),
    }
}

async fn planned(terraform: &Terraform, quota_scope: Option<&str>) -> Saved {
    let topology = topology();
    let estimates = Estimates::default();
    let about = About {
        topology: &topology,
        purpose: Purpose::Apply,
        region: "eu-frankfurt-1",
        allowance: AllowanceCheck::default(),
        estimates: &estimates,
    };
    let wish = Wish {
        operation: Operation::Apply,
        replace: Vec::new(),
        only: Vec::new(),
        quota_scope: quota_scope.map(str::to_owned),
        placements: std::collections::BTreeMap::new(),
        about,
    };
    terraform.plan(wish).await.unwrap()
}

#[tokio::test]
async fn it_is_handed_the_account_and_the_quotas_scope_and_nothing_in_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let terraform = laid(folder.path());
    let saved = planned(&terraform, Some("compartment teams:web")).await;
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (environment, arguments) = (read("environment"), read("arguments"));
    for line in [
        "TF_VAR_auth=SecurityToken",
        "TF_VAR_quota_scope=compartment teams:web",
        "CHECKPOINT_DISABLE=1",
    ] {
        assert!(environment.lines().any(|it| it == line), "{environment}");
    }
    let strange = |it: &&str| it.starts_with("CARGO") || it.starts_with("RUST");
    assert_eq!(
        environment.lines().find(strange),
        None,
        "nothing else passes"
    );
    assert!(!arguments.contains("SecurityToken") && !arguments.contains("teams"));
    assert_eq!(saved.program.product, Product::OpenTofu);
    assert_eq!(saved.program.version, "1.10.6");
    assert_eq!(saved.review.plan.counts().update, 1);
}

#[tokio::test]
async fn without_a_guard_nothing_names_the_compartment() {
    let folder = tempfile::tempdir().unwrap();
    planned(&laid(folder.path()), None).await;
    let environment = fs::read_to_string(folder.path().join("environment")).unwrap();
    assert!(!environment.contains("quota_scope"), "{environment}");
}

#[tokio::test]
async fn who_waits_is_told_of_the_download_and_of_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    let terraform = Terraform {
        onlooker: Onlooker::new(move |now| ear.lock().unwrap().push(now.to_string())),
        ..laid(folder.path())
    };
    planned(&terraform, None).await;
    let told = told.lock().unwrap().clone();
    let place = |words: &str| {
        let found = told.iter().position(|it| it.contains(words));
        found.unwrap_or_else(|| panic!("{words} is not told: {told:#?}"))
    };
    assert!(place("Installing provider") < place("reads again what its state knows, 11"));
    assert!(place("reads data.oci_core_images.ubuntu") < place("works out"));
}

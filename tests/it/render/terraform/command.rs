//! `k3scope render` as an operator runs it: twice, after edits, beside files of their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

/// A workspace with a `cluster.toml`, and a home with an OCI profile.
struct Workspace {
    root: TempDir,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self {
            root: TempDir::new().unwrap(),
        };
        fs::create_dir_all(workspace.path(".oci")).unwrap();
        fs::create_dir(workspace.path("w")).unwrap();
        workspace.write(
            ".oci/config",
            "[DEFAULT]\ntenancy=ocid1.tenancy.oc1..aaaa\nregion=x-y-1\n",
        );
        workspace.write("w/cluster.toml", "[cluster]\nlayout = \"compact\"\n");
        workspace
    }

    /// One that was rendered.
    fn rendered() -> Self {
        let workspace = Self::new();
        workspace.ends(&[], 0);
        workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn render(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_k3scope"))
            .arg("render")
            .args(arguments)
            .current_dir(self.path("w"))
            .env_clear()
            .env("HOME", self.root.path())
            .output()
            .unwrap()
    }

    /// Renders, and tells what was said on standard output and standard error.
    fn ends(&self, arguments: &[&str], status: i32) -> (String, String) {
        let output = self.render(arguments);
        let (out, err) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert_eq!(output.status.code(), Some(status), "{out}{err}");
        (out, err)
    }

    /// All files of the folder, with what they hold and when they were written.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
        let mut files = Vec::new();
        for folder in ["w/tf-k3s", "w/tf-k3s/cloud-init"] {
            for entry in fs::read_dir(self.path(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let written = fs::metadata(&path).unwrap().modified().unwrap();
                    files.push((path.clone(), fs::read(&path).unwrap(), written));
                }
            }
        }
        files.sort();
        files
    }
}

const NETWORK: &str = "w/tf-k3s/network.tf";
const SECRETS: &str = "w/tf-k3s/secrets.auto.tfvars.json";

#[test]
fn a_second_time_changes_no_byte() {
    let workspace = Workspace::rendered();
    let files = workspace.files();
    assert!(files.len() > 12, "{files:?}");
    let (said, _) = workspace.ends(&[], 0);
    assert!(
        said.starts_with("tf-k3s is as cluster.toml wants it"),
        "{said}"
    );
    assert_eq!(workspace.files(), files, "not even written again");
    workspace.ends(&["--check"], 0);
}

#[test]
fn a_fresh_clone_has_nothing_and_the_check_says_so() {
    let workspace = Workspace::new();
    let (said, _) = workspace.ends(&["--check"], 1);
    assert!(said.contains("missing         tf-k3s/network.tf"), "{said}");
    assert!(
        !workspace.path("w/tf-k3s").exists(),
        "a check writes nothing"
    );
    assert!(!workspace.path("w/.k3scope").exists());
}

#[test]
fn secrets_are_private_and_stay_what_they_are() {
    let workspace = Workspace::rendered();
    let first: Value = serde_json::from_str(&workspace.read(SECRETS)).unwrap();
    let mode = fs::metadata(workspace.path(SECRETS))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(first["tenancy_ocid"], "ocid1.tenancy.oc1..aaaa");
    let token = first["agent_token"].as_str().unwrap();
    assert_eq!(
        workspace.read("w/.k3scope/secrets/agent-token").trim(),
        token
    );
    for (path, bytes, _) in workspace.files() {
        let holds = String::from_utf8(bytes).unwrap().contains(token);
        assert_eq!(holds, path == workspace.path(SECRETS), "{}", path.display());
    }

    // The workspace's own folder may be deleted at any time; what the operator added stays.
    fs::remove_dir_all(workspace.path("w/.k3scope")).unwrap();
    let with_more = workspace
        .read(SECRETS)
        .replacen('{', "{\"quota_scope\": \"tenancy\",", 1);
    workspace.write(SECRETS, &with_more);
    workspace.ends(&[], 0);
    let again: Value = serde_json::from_str(&workspace.read(SECRETS)).unwrap();
    assert_eq!(again["agent_token"], token);
    assert_eq!(again["quota_scope"], "tenancy");
    assert_eq!(
        workspace.read("w/.k3scope/secrets/agent-token").trim(),
        token
    );

    fs::set_permissions(workspace.path(SECRETS), fs::Permissions::from_mode(0o644)).unwrap();
    workspace.ends(&[], 0);
    let mode = fs::metadata(workspace.path(SECRETS))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    workspace.write(SECRETS, "not json");
    let (_, said) = workspace.ends(&[], 2);
    assert!(said.contains("no JSON object"), "{said}");
    assert_eq!(workspace.read(SECRETS), "not json");
}

#[test]
fn what_was_edited_is_shown_and_not_written_over() {
    let workspace = Workspace::rendered();
    let ours = workspace.read(NETWORK);
    let edited = ours.replace("VCN", "VCN \u{1b}[31m of mine");
    workspace.write(NETWORK, &edited);
    workspace.write(
        "w/cluster.toml",
        "[cluster]\nname = \"other\"\nlayout = \"compact\"\n",
    );
    let before = workspace.files();

    let (_, said) = workspace.ends(&[], 2);
    assert!(said.contains("--- network.tf (as it stands)"), "{said}");
    assert!(said.contains(" of mine"), "{said}");
    assert!(
        !said.contains('\u{1b}'),
        "nothing of a file reaches the terminal as it is"
    );
    assert!(said.contains("--overwrite"), "{said}");
    assert_eq!(workspace.files(), before, "nothing is written at all");
    let (said, _) = workspace.ends(&["--check"], 1);
    assert!(said.contains("edited          tf-k3s/network.tf"), "{said}");
    assert!(
        said.contains("outdated        tf-k3s/terraform.tfvars.json"),
        "{said}"
    );

    workspace.ends(&["--keep"], 0);
    assert_eq!(workspace.read(NETWORK), edited);
    assert!(
        workspace
            .read("w/tf-k3s/terraform.tfvars.json")
            .contains("\"other\"")
    );
    workspace.ends(&[], 2);
    let (said, _) = workspace.ends(&["--overwrite", "--json"], 0);
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["differs"], false);
    let files = report["files"].as_array().unwrap();
    let network = files
        .iter()
        .find(|file| file["path"] == "tf-k3s/network.tf")
        .unwrap();
    assert_eq!(network["standing"], "edited");
    assert_eq!(network["done"], "written");
    assert_eq!(workspace.read(NETWORK), ours);
}

#[test]
fn a_node_that_is_gone_takes_its_file_along_and_files_of_others_stay() {
    let workspace = Workspace::new();
    workspace.write("w/cluster.toml", "[cluster]\nlayout = \"reference\"\n");
    workspace.ends(&[], 0);
    let worker = "w/tf-k3s/cloud-init/k3s-worker.yaml";
    let own = ["backend.tf", "mine.auto.tfvars.json", "terraform.tfstate"];
    for name in own {
        workspace.write(&format!("w/tf-k3s/{name}"), "{}");
    }
    let edited = format!("{}# mine\n", workspace.read(worker));
    workspace.write("w/cluster.toml", "[cluster]\nlayout = \"compact\"\n");

    workspace.write(worker, &edited);
    let (_, said) = workspace.ends(&[], 2);
    assert!(said.contains("k3s-worker.yaml"), "{said}");
    workspace.write(worker, edited.strip_suffix("# mine\n").unwrap());
    let (said, _) = workspace.ends(&[], 0);
    assert!(
        said.contains("removed         tf-k3s/cloud-init/k3s-worker.yaml"),
        "{said}"
    );
    assert!(!workspace.path(worker).exists());
    for name in own {
        assert_eq!(workspace.read(&format!("w/tf-k3s/{name}")), "{}");
    }
    workspace.ends(&["--check"], 0);
}

#[rstest]
#[case::the_folder("w/tf-k3s")]
#[case::a_file("w/tf-k3s/network.tf")]
#[case::a_folder_in_it("w/tf-k3s/cloud-init")]
#[case::the_manifest("w/tf-k3s/.k3scope-rendered.json")]
#[case::the_secrets("w/tf-k3s/secrets.auto.tfvars.json")]
fn a_link_is_refused_and_what_it_leads_to_stays(#[case] path: &str) {
    let workspace = Workspace::rendered();
    fs::rename(workspace.path(path), workspace.path("elsewhere")).unwrap();
    symlink(workspace.path("elsewhere"), workspace.path(path)).unwrap();
    workspace.write(
        "w/cluster.toml",
        "[cluster]\nname = \"other\"\nlayout = \"compact\"\n",
    );
    let (_, said) = workspace.ends(&["--overwrite"], 2);
    assert!(said.contains("is a symbolic link"), "{said}");
    assert!(workspace.path(path).is_symlink());
}

#[test]
fn a_manifest_of_somebody_else_removes_nothing_outside_the_folder() {
    let workspace = Workspace::rendered();
    workspace.write("w/victim", "abc");
    let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let manifest = "w/tf-k3s/.k3scope-rendered.json";
    let planted = format!("\"files\": {{ \"../victim\": \"{sum}\",");
    let text = workspace
        .read(manifest)
        .replacen("\"files\": {", &planted, 1);
    assert!(text.contains("../victim"), "{text}");
    workspace.write(manifest, &text);
    workspace.ends(&["--overwrite"], 0);
    assert_eq!(workspace.read("w/victim"), "abc");
    assert!(!workspace.read(manifest).contains("victim"));
}

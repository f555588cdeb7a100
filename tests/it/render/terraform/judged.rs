//! The real terraform as the judge: form, types against the provider's schema, and the values that
//! come out, with a cloud that is made up.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use k3scope::config::{Config, Layout};
use k3scope::domain::plan::ResourceKind;
use k3scope::domain::topology::PublicAddress;
use k3scope::provision::blueprint;
use k3scope::render::{SecretVariables, user_data};
use rstest::rstest;
use tempfile::TempDir;

use super::super::is_installed;
use super::super::laid::{reference, token, unpacked};
use super::folder::rendered;
use super::provider::Provider;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/terraform");
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMG8ui3S3Yd8aYc4R1hXmDPTNVhbdmhAqGFLFSx7gUVQ me@here";

/// Whether terraform is there to judge; `K3SCOPE_NO_TERRAFORM=1` says that it need not be.
fn terraform_is_there() -> bool {
    if std::env::var_os("K3SCOPE_NO_TERRAFORM").is_some_and(|value| value == "1") {
        eprintln!("skipped: K3SCOPE_NO_TERRAFORM is set");
        return false;
    }
    is_installed(
        "terraform",
        "https://developer.hashicorp.com/terraform/install",
    )
}

/// A workspace with the rendered folder of a configuration, and its secrets.
struct Workspace {
    root: TempDir,
}

impl Workspace {
    fn of(config: &Config) -> Self {
        let mut config = config.clone();
        config.ssh.public_key = Path::new("/home/operator/cluster/keys/id.pub").to_owned();
        let workspace = Self {
            root: TempDir::new().unwrap(),
        };
        for (path, bytes) in rendered(&config).files {
            workspace.write(&format!("tf-k3s/{path}"), &bytes);
        }
        let agent = token();
        let secrets = SecretVariables {
            agent: &agent,
            repository: None,
            tenancy: Some("ocid1.tenancy.oc1..aaaa"),
        };
        let secrets = secrets.text(None).unwrap();
        workspace.write("tf-k3s/secrets.auto.tfvars.json", secrets.as_bytes());
        workspace.write("keys/id.pub", format!("{KEY}\n").as_bytes());
        for (name, packed) in user_data(&config, &agent, None).unwrap() {
            let document = unpacked(packed.expose_base64());
            workspace.write(&format!("tf-k3s/expected/{name}.yaml"), document.as_bytes());
        }
        workspace
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A test of `runs` against the cloud that is made up.
    fn tests(&self, name: &str, runs: &str) {
        let cloud = fs::read_to_string(format!("{DATA}/cloud.tfmock.hcl")).unwrap();
        let path = format!("tf-k3s/{name}.tftest.hcl");
        self.write(&path, format!("{cloud}\n{runs}").as_bytes());
    }

    fn terraform(&self, arguments: &[&str], reattach: Option<&str>) -> Output {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.root.path().join("tf-k3s"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.root.path())
            .env("CHECKPOINT_DISABLE", "1");
        if let Some(reattach) = reattach {
            command.env("TF_REATTACH_PROVIDERS", reattach);
        }
        command.output().unwrap()
    }

    fn passes(&self, arguments: &[&str], reattach: Option<&str>) {
        let output = self.terraform(arguments, reattach);
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
}

/// Every layout, with every optional part.
fn variants() -> Vec<Config> {
    let mut guarded = Config::of_layout(Layout::Compact);
    guarded.provision.quota_guard = true;
    guarded.network.public_ip = PublicAddress::Ephemeral;
    vec![reference(), Config::of_layout(Layout::Compact), guarded]
}

#[test]
fn what_is_rendered_is_formatted_and_valid() {
    if !terraform_is_there() {
        return;
    }
    for config in variants() {
        let workspace = Workspace::of(&config);
        let provider = Provider::start(workspace.root.path());
        workspace.passes(&["fmt", "-check", "-diff", "-recursive"], None);
        workspace.passes(&["validate", "-no-color"], Some(&provider.reattach));
    }
}

#[test]
fn a_field_that_the_provider_does_not_have_is_found() {
    if !terraform_is_there() {
        return;
    }
    let workspace = Workspace::of(&reference());
    let provider = Provider::start(workspace.root.path());
    let wrong =
        "resource \"oci_core_vcn\" \"wrong\" {\n  compartment_id = \"x\"\n  no_such = 1\n}\n";
    workspace.write("tf-k3s/wrong.tf", wrong.as_bytes());
    let said = workspace.terraform(&["validate", "-no-color"], Some(&provider.reattach));
    assert!(!said.status.success());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("no_such"), "{said}");
}

#[rstest]
#[case::reference("reference", false)]
#[case::places("places", false)]
#[case::guard("guard", true)]
fn the_values_that_come_out_are_right(#[case] name: &str, #[case] guarded: bool) {
    if !terraform_is_there() {
        return;
    }
    let mut config = reference();
    if guarded {
        config.provision.quota_guard = true;
        config.network.public_ip = PublicAddress::Ephemeral;
    } else {
        config.network.nodeports_from = Some(vec!["203.0.113.0/24".parse().unwrap()]);
    }
    let workspace = Workspace::of(&config);
    let provider = Provider::start(workspace.root.path());
    let runs = fs::read_to_string(format!("{DATA}/{name}.tftest.hcl")).unwrap();
    workspace.tests(name, &runs);
    workspace.passes(&["test", "-no-color"], Some(&provider.reattach));
}

#[test]
fn both_engines_give_every_resource_the_same_name_and_tags() {
    if !terraform_is_there() {
        return;
    }
    for mut config in variants() {
        let workspace = Workspace::of(&config);
        config.ssh.public_key = workspace.root.path().join("keys/id.pub");
        let mut asserts = String::new();
        for part in blueprint::parts(&config.topology().unwrap()) {
            let Some((address, name)) = address(part.kind, &part.key.0) else {
                continue;
            };
            write!(
                asserts,
                "  assert {{\n    condition = {address}.{name} == \"{}\" && {address}.freeform_tags == \
                 tomap({{ \"k3scope-cluster\" = \"k3s\", \"k3scope-key\" = \"{}\" }})\n    \
                 error_message = \"another name or other tags: {}\"\n  }}\n",
                part.name, part.key, part.key
            )
            .unwrap();
        }
        let runs = format!("run \"names\" {{\n  command = plan\n{asserts}}}\n");
        workspace.tests("names", &runs);
        let provider = Provider::start(workspace.root.path());
        workspace.passes(&["test", "-no-color"], Some(&provider.reattach));
    }
}

/// Where the folder has a part of the blueprint, and which field is its name; none for what is a
/// setting of another.
fn address(kind: ResourceKind, key: &str) -> Option<(String, &'static str)> {
    let which = key.split('-').next().unwrap();
    let (address, name) = match kind {
        ResourceKind::Vcn => ("oci_core_vcn.this".to_owned(), "display_name"),
        ResourceKind::InternetGateway => {
            ("oci_core_internet_gateway.this".to_owned(), "display_name")
        }
        ResourceKind::RouteTable => (format!("oci_core_route_table.{which}"), "display_name"),
        ResourceKind::Subnet => (format!("oci_core_subnet.{which}"), "display_name"),
        ResourceKind::SecurityList => (
            format!("oci_core_security_list.subnet[\"{which}\"]"),
            "display_name",
        ),
        ResourceKind::PublicIp => ("oci_core_public_ip.ingress[0]".to_owned(), "display_name"),
        ResourceKind::Quota => ("oci_limits_quota.guard[0]".to_owned(), "name"),
        ResourceKind::Instance => {
            let node = key.strip_prefix("node-").unwrap();
            (
                format!("oci_core_instance.node[\"{node}\"]"),
                "display_name",
            )
        }
        ResourceKind::DefaultRoute | ResourceKind::PublicIpAssignment | ResourceKind::Other => {
            return None;
        }
    };
    Some((address, name))
}

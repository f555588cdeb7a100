//! What is rendered, as bytes: no secret, the same everywhere, and on a node the same files as the
//! direct engine's.

use std::path::{Path, PathBuf};

use k3scope::config::{AvailabilityDomain, Config, Layout, SecretsBy};
use k3scope::domain::topology::{Cidr, PublicAddress};
use k3scope::render::{Paths, RenderError, Tree, terraform, user_data};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::super::laid::{reference, token, unpacked};

/// The folder of `config`, on the machine of an operator whose home is `/home/operator`.
pub(super) fn rendered(config: &Config) -> Tree {
    let paths = Paths {
        workspace: Path::new("/home/operator/cluster"),
        home: Some(Path::new("/home/operator")),
    };
    terraform(config, paths).unwrap()
}

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    std::str::from_utf8(&tree.files[path]).unwrap()
}

fn variables(config: &Config) -> Value {
    serde_json::from_str(text(&rendered(config), "terraform.tfvars.json")).unwrap()
}

#[rstest]
#[case::by_the_api(SecretsBy::KubernetesApi)]
#[case::by_user_data(SecretsBy::UserData)]
fn with_the_secrets_in_place_a_node_is_told_what_the_direct_engine_tells_it(#[case] by: SecretsBy) {
    let mut config = reference();
    config.bootstrap.secrets = by;
    let (agent, repository) = (token(), SecretString::from("se\"cret \\ <&>"));
    let direct = user_data(&config, &agent, Some(&repository)).unwrap();
    let tree = rendered(&config);
    let scalar = Value::from(repository.expose_secret()).to_string();
    for node in &config.node {
        let laid = text(&tree, &format!("cloud-init/{}.yaml", node.name))
            .replace("@AGENT_TOKEN@", agent.secret().expose_secret())
            .replace("@REPOSITORY_TOKEN@", &scalar);
        assert_eq!(laid, unpacked(direct[&node.name].expose_base64()));
    }
}

#[test]
fn a_value_cannot_draw_a_secret_to_where_it_can_be_read() {
    let mut config = reference();
    config.gitops.repository = Some("https://git.example.org/@AGENT_TOKEN@".to_owned());
    let paths = Paths {
        workspace: Path::new("/w"),
        home: None,
    };
    let refused = terraform(&config, paths).unwrap_err();
    let expected = matches!(&refused, RenderError::Misplaced { node, .. } if node == "k3s-server");
    assert!(expected, "{refused:?}");
    config.gitops.repository = Some("https://git.example.org/@REPOSITORY_TOKEN@".to_owned());
    for by in [SecretsBy::KubernetesApi, SecretsBy::UserData] {
        config.bootstrap.secrets = by;
        let refused = terraform(&config, paths);
        assert!(
            matches!(refused, Err(RenderError::Misplaced { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn user_data_that_oci_would_refuse_is_refused_here() {
    let mut config = reference();
    // Digits of a sequence that repeats late: gzip finds little in it.
    let long: String = (0_u64..)
        .map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (n << 7)))
        .take(4_000)
        .collect();
    config.gitops.repository = Some(format!("https://git.example.org/{long}"));
    let paths = Paths {
        workspace: Path::new("/w"),
        home: None,
    };
    let refused = terraform(&config, paths);
    assert!(
        matches!(refused, Err(RenderError::TooLong { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_layout_s_variables_are_what_the_configuration_says() {
    let mut config = Config::of_layout(Layout::Compact);
    config.ssh.public_key = PathBuf::from("/home/operator/.ssh/id_ed25519.pub");
    config.oci.config_file = PathBuf::from("/home/operator/.oci/config");
    assert_eq!(
        variables(&config),
        json!({
            "cluster_name": "k3s",
            "nodeports_from": [],
            "nodes": {
                "k3s-ingress": {
                    "boot_volume_gb": 50, "memory_gb": 6, "number": 0, "ocpus": 1,
                    "private_ip": "10.0.1.10", "role": "ingress", "subnet": "public",
                },
                "k3s-server": {
                    "boot_volume_gb": 50, "memory_gb": 6, "number": 1, "ocpus": 1,
                    "private_ip": "10.0.2.10", "role": "server", "subnet": "private",
                },
            },
            "operating_system": "Canonical Ubuntu",
            "operating_system_version": "24.04",
            "private_subnet_cidr": "10.0.2.0/24",
            "public_ip": "reserved",
            "public_subnet_cidr": "10.0.1.0/24",
            "ssh_from": ["0.0.0.0/0"],
            "ssh_public_key_file": "~/.ssh/id_ed25519.pub",
            "vcn_cidr": "10.0.0.0/16",
        })
    );
}

#[test]
fn what_the_configuration_names_besides_is_a_variable_too() {
    let mut config = reference();
    config.node.reverse();
    config.oci.compartment = Some("ocid1.compartment.oc1..web".to_owned());
    config.oci.region = Some("eu-frankfurt-1".to_owned());
    config.oci.availability_domain = Some(AvailabilityDomain::Number(2));
    config.oci.config_file = PathBuf::from("/home/operator/.oci/config");
    config.oci.profile = "WEB".to_owned();
    config.image.ocid = Some("ocid1.image.oc1..pinned".to_owned());
    config.network.public_ip = PublicAddress::Ephemeral;
    config.network.nodeports_from = Some(["10.0.0.0/24", "203.0.113.0/24"].map(cidr).to_vec());
    config.provision.quota_guard = true;
    config.ssh.public_key = PathBuf::from("/home/operator/cluster/keys/id.pub");
    let variables = variables(&config);
    let expected = json!({
        "availability_domain": "2",
        "compartment_ocid": "ocid1.compartment.oc1..web",
        "config_file_profile": "WEB",
        "image_ocid": "ocid1.image.oc1..pinned",
        "nodeports_from": ["203.0.113.0/24"],
        "public_ip": "ephemeral",
        "quota_guard": { "memory_gb": 12, "ocpus": 2, "volumes_gb": 200 },
        "region": "eu-frankfurt-1",
        "ssh_public_key_file": "../keys/id.pub",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&variables[name], value, "{name}");
    }
    let number = |node: &str| variables["nodes"][node]["number"].as_u64();
    let line = ["k3s-ingress", "k3s-server", "k3s-worker"].map(number);
    assert_eq!(line, [Some(0), Some(1), Some(2)], "in the engines' order");

    config.oci.config_file = PathBuf::from("/elsewhere/config");
    let elsewhere = self::variables(&config);
    assert_eq!(
        elsewhere.get("config_file_profile"),
        None,
        "the provider knows one file only"
    );
}

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

#[test]
fn every_variable_is_declared_and_every_declared_one_without_a_default_is_given() {
    let tree = rendered(&reference());
    let declared = text(&tree, "variables.tf");
    let given = variables(&reference());
    for name in given.as_object().unwrap().keys() {
        assert!(
            declared.contains(&format!("variable \"{name}\" {{")),
            "{name}"
        );
    }
    for block in declared.split("variable \"").skip(1) {
        let name = block.split('"').next().unwrap();
        let is_secret = ["agent_token", "tenancy_ocid"].contains(&name);
        let has_value = block.contains("default ") || given.get(name).is_some();
        assert!(has_value || is_secret, "{name}");
        assert!(block.contains("description ="), "{name} is not described");
    }
}

//! The files, their modes and order, and what is in them.

use base64::Engine as _;
use k3scope::config::{Config, Layout, NodeTable, SecretsBy};
use k3scope::domain::bootstrap::Stage;
use k3scope::render::{MOST_USER_DATA, RenderError, user_data};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::laid::{CloudConfig, document, packed, reference, token, unpacked};

const ALWAYS: [(&str, &str); 4] = [
    ("/usr/local/sbin/k3scope-bootstrap", "0755"),
    ("/etc/k3scope/bootstrap.env", "0644"),
    ("/etc/k3scope/agent-token", "0600"),
    ("/etc/systemd/system/k3scope-bootstrap.service", "0644"),
];
const AGENT: [(&str, &str); 2] = [
    ("/etc/systemd/system/k3s-agent.service", "0644"),
    ("/etc/rancher/k3s/config.yaml", "0600"),
];
const SERVER: [(&str, &str); 4] = [
    ("/etc/systemd/system/k3s.service", "0644"),
    ("/etc/rancher/k3s/config.yaml", "0600"),
    (
        "/var/lib/rancher/k3s/server/manifests/k3scope-argocd.yaml",
        "0600",
    ),
    (
        "/var/lib/rancher/k3s/server/manifests/k3scope-root.yaml",
        "0600",
    ),
];

#[rstest]
#[case::ingress("k3s-ingress", &AGENT)]
#[case::server("k3s-server", &SERVER)]
#[case::worker("k3s-worker", &AGENT)]
fn files_are_laid_in_order_and_one_unit_is_started(
    #[case] name: &str,
    #[case] own: &[(&str, &str)],
) {
    let document = document(&reference(), &token(), name);
    assert!(document.starts_with("#cloud-config\n"));
    let laid = CloudConfig::of(&document);
    let files: Vec<(&str, &str)> = laid
        .write_files
        .iter()
        .map(|file| (file.path.as_str(), file.permissions.as_str()))
        .collect();
    assert_eq!(files, [&ALWAYS[..], own].concat());
    assert!(
        laid.write_files
            .iter()
            .all(|file| file.owner == "root:root")
    );
    assert!(!laid.package_update && !laid.package_upgrade);
    assert_eq!(
        laid.runcmd.last().unwrap(),
        &[
            "systemctl",
            "start",
            "--no-block",
            "k3scope-bootstrap.service"
        ]
    );
    assert!(laid.runcmd.iter().all(|command| command[0] == "systemctl"));
}

#[test]
fn the_script_arrives_byte_for_byte() {
    let laid = CloudConfig::of(&document(&reference(), &token(), "k3s-worker"));
    assert_eq!(
        laid.file("/usr/local/sbin/k3scope-bootstrap"),
        include_str!("../../../assets/bootstrap/k3scope-bootstrap.sh")
    );
}

#[rstest]
#[case::ingress("k3s-ingress")]
#[case::server("k3s-server")]
#[case::worker("k3s-worker")]
fn the_settings_follow_the_configuration(#[case] name: &str) {
    let config = reference();
    let node = config.node.iter().find(|node| node.name == name).unwrap();
    let laid = CloudConfig::of(&document(&config, &token(), name));
    let stages: Vec<String> = Stage::of_script(node.role)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        laid.file("/etc/k3scope/bootstrap.env"),
        format!(
            "NODE={name}\nROLE={role}\nSTAGES=\"{stages}\"\nK3S_VERSION=v1.36.4+k3s1\nK3S_SHA256=\n\
             SERVER=10.0.2.10\nINGRESS=10.0.1.10\nVCN=10.0.0.0/16\nPRIVATE_SUBNET=10.0.2.0/24\n\
             PODS=10.42.0.0/16\nSERVICES=10.43.0.0/16\nTOKEN_FILE=/etc/k3scope/agent-token\n",
            role = format!("{:?}", node.role).to_lowercase(),
            stages = stages.join(" "),
        )
    );
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn k3s_is_configured_for_its_role() {
    let (config, token) = (reference(), token());
    let of = |name| {
        let laid = CloudConfig::of(&document(&config, &token, name));
        yaml(laid.file("/etc/rancher/k3s/config.yaml"))
    };
    assert_eq!(
        of("k3s-server"),
        json!({
            "node-name": "k3s-server", "node-ip": "10.0.2.10",
            "agent-token-file": "/etc/k3scope/agent-token",
            "tls-san": ["k3s-server", "10.0.2.10"], "disable": ["traefik", "servicelb"],
            "secrets-encryption": true, "write-kubeconfig-mode": "0600",
        })
    );
    assert_eq!(
        of("k3s-ingress"),
        json!({
            "node-name": "k3s-ingress", "node-ip": "10.0.1.10", "node-label": ["role=ingress"],
            "server": "https://10.0.2.10:6443", "token-file": "/etc/k3scope/agent-token",
        })
    );
    assert_eq!(of("k3s-worker")["node-label"], json!([]));
}

#[test]
fn the_server_deploys_argo_cd_and_the_root() {
    let mut config = reference();
    config.gitops.revision = "1.10".to_owned();
    config.gitops.path = "deploy/it".to_owned();
    let laid = CloudConfig::of(&document(&config, &token(), "k3s-server"));
    let manifest = |name: &str| {
        yaml(laid.file(&format!(
            "/var/lib/rancher/k3s/server/manifests/k3scope-{name}.yaml"
        )))
    };
    let chart = manifest("argocd");
    assert_eq!(chart["metadata"]["name"], "argo-cd");
    assert_eq!(chart["spec"]["version"], "10.1.1");
    let values = yaml(chart["spec"]["valuesContent"].as_str().unwrap());
    assert_eq!(values["configs"]["params"]["server.insecure"], true);
    let settings = &values["configs"]["cm"];
    assert_eq!(settings["kustomize.buildOptions"], "--enable-helm");
    let health = &settings["resource.customizations.health.argoproj.io_Application"];
    assert!(health.as_str().unwrap().trim_end().ends_with("return hs"));
    let root = manifest("root");
    assert_eq!(root["metadata"]["name"], "root");
    assert_eq!(
        root["spec"]["source"],
        json!({
            "repoURL": "https://git.example.org/you/cluster.git",
            "targetRevision": "1.10", "path": "deploy/it/apps",
        })
    );
    assert_eq!(
        root["spec"]["syncPolicy"]["automated"],
        json!({"prune": true, "selfHeal": true})
    );
}

#[test]
fn a_url_stays_text_in_yaml() {
    let mut config = reference();
    let odd = "https://git.example.org/it's/@REVISION@/{a}:&*!,[b].git";
    config.gitops.repository = Some(odd.to_owned());
    let laid = CloudConfig::of(&document(&config, &token(), "k3s-server"));
    let root = yaml(laid.file("/var/lib/rancher/k3s/server/manifests/k3scope-root.yaml"));
    assert_eq!(root["spec"]["source"]["repoURL"], odd);
}

#[test]
fn without_a_repository_there_is_no_root() {
    let laid = CloudConfig::of(&document(&Config::default(), &token(), "k3s-server"));
    let names: Vec<&str> = laid
        .write_files
        .iter()
        .filter_map(|file| {
            file.path
                .strip_prefix("/var/lib/rancher/k3s/server/manifests/")
        })
        .collect();
    assert_eq!(names, ["k3scope-argocd.yaml"]);
}

#[rstest]
#[case(Layout::Reference)]
#[case(Layout::Compact)]
fn it_is_small_the_same_each_time_and_holds_one_secret(#[case] layout: Layout) {
    let config = Config::of_layout(layout);
    let (token, other) = (token(), token());
    let first = packed(&config, &token);
    let again = packed(&config, &token);
    let different = packed(&config, &other);
    assert_eq!(first.len(), config.node.len());
    for (name, data) in &first {
        let bytes = data.expose_base64();
        assert!(bytes.len() < MOST_USER_DATA / 2, "{name}: {}", bytes.len());
        assert_eq!(bytes, again[name].expose_base64());
        assert_ne!(bytes, different[name].expose_base64());
        let document = document(&config, &token, name);
        let secret = token.secret().expose_secret();
        assert_eq!(document.matches(secret).count(), 1);
        let shown = format!("{data:?} {token:?}");
        assert!(
            !shown.contains(secret) && !shown.contains(bytes.get(..40).unwrap()),
            "{shown}"
        );
        let rest = document.replace(secret, "");
        for word in ["PRIVATE KEY", "K10", "server-token"] {
            assert!(!rest.replace("K10[0-9a-f]", "").contains(word), "{word}");
        }
    }
}

#[test]
fn what_oci_would_refuse_is_refused_here() {
    let mut config = reference();
    // Bytes that do not repeat: nothing that a compressor could take out.
    let noise: Vec<u8> = (0..40_000_u32)
        .map(|n| n.wrapping_mul(n).wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let long = base64::engine::general_purpose::STANDARD.encode(noise);
    config.gitops.repository = Some(format!("https://git.example.org/{long}"));
    let error = user_data(&config, &token(), None).unwrap_err();
    assert!(
        matches!(&error, RenderError::TooLong { node, bytes } if node == "k3s-server" && *bytes > MOST_USER_DATA)
    );
    assert!(error.to_string().contains("OCI takes 32000"), "{error}");
}

#[test]
fn a_cluster_without_a_server_is_refused() {
    let mut config = Config::default();
    config.node.truncate(1);
    let error = user_data(&config, &token(), None).unwrap_err();
    assert!(error.to_string().contains("role `server`"), "{error}");
}

const REPOSITORY_TOKEN: &str = "ghp_0123456789: \"@TOKEN@' {x}";

#[test]
fn the_repository_s_secret_is_laid_on_the_server_where_that_is_asked_for() {
    let mut config = reference();
    config.bootstrap.secrets = SecretsBy::UserData;
    let secret = SecretString::from(REPOSITORY_TOKEN);
    let all = user_data(&config, &token(), Some(&secret)).unwrap();
    for (name, data) in &all {
        let laid = CloudConfig::of(&unpacked(data.expose_base64()));
        let file = laid
            .write_files
            .iter()
            .find(|file| file.path.ends_with("/k3scope-repository.yaml"));
        assert_eq!(file.is_some(), name == "k3s-server", "{name}");
        let Some(file) = file else { continue };
        assert_eq!(file.permissions, "0600");
        assert_eq!(file.owner, "root:root");
        assert_eq!(
            file.path,
            "/var/lib/rancher/k3s/server/manifests/k3scope-repository.yaml"
        );
        assert_eq!(
            yaml(&file.content),
            json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {
                    "name": "repository", "namespace": "argocd",
                    "labels": {"argocd.argoproj.io/secret-type": "repository"},
                },
                "stringData": {
                    "type": "git", "url": "https://git.example.org/you/cluster.git",
                    "username": "git", "password": REPOSITORY_TOKEN,
                },
            })
        );
    }
    let missing = user_data(&config, &token(), None).unwrap_err();
    assert!(missing.to_string().contains("gitops.token"), "{missing}");
}

#[test]
fn by_default_no_user_data_holds_the_repository_s_secret() {
    let secret = SecretString::from("ghp_0123456789");
    let all = user_data(&reference(), &token(), Some(&secret)).unwrap();
    assert_eq!(all.len(), 3);
    for (name, data) in &all {
        let document = unpacked(data.expose_base64());
        assert!(!document.contains("ghp_0123456789"), "{name}");
        assert!(!document.contains("secret-type"), "{name}");
    }
}

/// Eight nodes with the longest names, a long URL and a secret of hard-to-pack text.
#[test]
fn the_largest_sensible_cluster_fits_by_far() {
    let mut config = reference();
    config.bootstrap.secrets = SecretsBy::UserData;
    config.k3s.sha256 = Some("9".repeat(64));
    config.gitops.repository = Some(format!(
        "https://git.example.org/{}.git",
        "a1b2".repeat(100)
    ));
    config.gitops.path = "deploy/".repeat(20) + "it";
    for (index, node) in config.node.iter_mut().enumerate() {
        node.name = format!("{}{index}", "node-".repeat(12));
    }
    let worker = config.node[2].clone();
    config.node.extend((3..8).map(|index| NodeTable {
        name: format!("{}{index}", "node-".repeat(12)),
        ..worker.clone()
    }));
    let secret = SecretString::from(token().secret().expose_secret().repeat(4));
    let all = user_data(&config, &token(), Some(&secret)).unwrap();
    assert_eq!(all.len(), 8);
    for (name, data) in &all {
        let bytes = data.expose_base64().len();
        assert!(bytes < MOST_USER_DATA / 2, "{name}: {bytes}");
    }
}

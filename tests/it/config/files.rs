//! Files as they come: the annotated ones, empty, missing, huge, no text; paths and the SSH key.

use std::fs;
use std::path::{Path, PathBuf};

use k3scope::config::{Config, Home, KeyFileError, Layout, Origin, annotated};
use k3scope::domain::topology::Role;
use rstest::rstest;
use tempfile::TempDir;

const TOP: &str = include_str!("../../../cluster.toml");
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER operator@here";

fn home(folder: &Path) -> Home {
    Home {
        folder: Some(folder.join("home")),
        config: Some(folder.join("home/.config")),
    }
}

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("cluster.toml")).unwrap().0
}

#[test]
fn the_file_at_the_top_is_the_default() {
    assert_eq!(parse(TOP), Config::default());
    assert_eq!(
        TOP,
        annotated(Layout::Reference),
        "`k3scope init --force` writes it anew"
    );
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(parse(""), Config::default());
}

#[rstest]
#[case(Layout::Reference, 3, 4, 24)]
#[case(Layout::Compact, 2, 2, 12)]
fn a_layout_needs_no_nodes_in_the_file(
    #[case] layout: Layout,
    #[case] nodes: usize,
    #[case] ocpus: u32,
    #[case] memory: u32,
) {
    let named = parse(&format!("[cluster]\nlayout = '{layout}'"));
    assert_eq!(named, Config::of_layout(layout));
    assert_eq!(parse(&annotated(layout)), named);
    assert_eq!(named.node.len(), nodes);
    assert_eq!(named.node.iter().map(|node| node.ocpus).sum::<u32>(), ocpus);
    assert_eq!(
        named.node.iter().map(|node| node.memory_gb).sum::<u32>(),
        memory
    );
}

#[test]
fn the_addresses_of_a_layout_follow_the_subnets() {
    let config = parse(
        "[network]\nvcn = '172.16.0.0/16'\npublic_subnet = '172.16.8.0/24'\nprivate_subnet = '172.16.9.0/24'",
    );
    let addresses: Vec<String> = config
        .node
        .iter()
        .map(|node| node.private_ip.to_string())
        .collect();
    assert_eq!(addresses, ["172.16.8.10", "172.16.9.10", "172.16.9.11"]);
}

#[rstest]
#[case::not_utf8(b"a = 1\nb = '\xff'".to_vec(), "line 2, column 6: the file is not UTF-8")]
#[case::huge(vec![b' '; (1 << 20) + 1], "larger than 1 MB")]
fn a_file_that_is_no_configuration_is_refused(#[case] bytes: Vec<u8>, #[case] said: &str) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cluster.toml");
    fs::write(&path, &bytes).unwrap();
    let error = Config::load_for(&path, &home(folder.path())).unwrap_err();
    assert!(error.to_string().contains(said), "{error}");
}

#[test]
fn a_folder_and_a_missing_file_are_refused() {
    let folder = TempDir::new().unwrap();
    let said = |path: &Path| {
        Config::load_for(path, &home(folder.path()))
            .unwrap_err()
            .to_string()
    };
    assert!(said(folder.path()).contains("a folder"));
    assert!(said(&folder.path().join("none.toml")).contains("k3scope init"));
}

#[test]
fn paths_begin_at_home_or_at_the_file() {
    let folder = TempDir::new().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let path = root.join("cluster.toml");
    fs::write(
        &path,
        "[ssh]\npublic_key = 'keys/a.pub'\nprivate_key = '/etc/a'",
    )
    .unwrap();
    let config = Config::load_for(&path, &home(&root)).unwrap().config;
    assert_eq!(config.ssh.public_key, root.join("keys/a.pub"));
    assert_eq!(config.ssh.private_key, PathBuf::from("/etc/a"));
    assert_eq!(config.oci.config_file, root.join("home/.oci/config"));
}

fn topology_with(key: &[u8]) -> Result<k3scope::domain::topology::Topology, KeyFileError> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key.pub");
    fs::write(&file, key).unwrap();
    let mut config = parse("[oci]\navailability_domain = 2");
    config.ssh.public_key = file;
    config.node.reverse();
    config.topology()
}

#[test]
fn a_topology_has_the_key_and_the_ingress_node_first() {
    let topology = topology_with(format!("{KEY}\n").as_bytes()).unwrap();
    assert_eq!(topology.ssh_public_key, KEY);
    assert_eq!(topology.nodes[0].role, Role::Ingress);
    assert_eq!(topology.nodes[1].role, Role::Server);
    assert_eq!(topology.availability_domain.as_deref(), Some("2"));
    assert_eq!(topology.network.nodeports_from, [topology.network.vcn]);
}

#[rstest]
#[case::private(b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", "private key")]
#[case::empty(b"\n", "empty")]
#[case::words(b"hello there\n", "begins with `hello`")]
#[case::cut(b"ssh-ed25519 AAAA\n", "not such a key")]
#[case::other_type(
    b"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER",
    "not such a key"
)]
#[case::binary(b"\xff\xfe", "not text")]
fn what_is_no_public_key_is_refused(#[case] key: &[u8], #[case] said: &str) {
    let error = topology_with(key).unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
}

#[test]
fn a_file_too_long_for_a_key_is_refused() {
    let error = topology_with(&vec![b'x'; 20_000]).unwrap_err();
    assert!(error.to_string().contains("too long"));
}

#[test]
fn two_keys_are_refused_and_a_missing_file_says_how_to_make_one() {
    let two = topology_with(format!("{KEY}\n{KEY}\n").as_bytes()).unwrap_err();
    assert!(two.to_string().contains("more than one key"));
    let mut config = Config::default();
    config.ssh.public_key = PathBuf::from("/nonexistent/key.pub");
    assert!(
        config
            .topology()
            .unwrap_err()
            .to_string()
            .contains("ssh-keygen")
    );
}

#[test]
fn what_counts_is_shown_with_its_origin() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cluster.toml");
    fs::write(
        &path,
        "[cluster]\nlayout = 'compact'\n[dns]\ntoken = { env = 'CF' }",
    )
    .unwrap();
    let settings = Config::load_for(&path, &home(folder.path()))
        .unwrap()
        .settings();
    let of = |key: &str| {
        let found = settings.iter().find(|setting| setting.key == key);
        found
            .map(|setting| (setting.value.clone(), setting.origin))
            .unwrap()
    };
    assert!(matches!(of("cluster.layout").1, Origin::File(at) if (at.line, at.column) == (2, 10)));
    assert_eq!(
        of("node[1].ocpus"),
        (
            1.into(),
            Origin::Layout {
                layout: Layout::Compact
            }
        )
    );
    assert_eq!(of("image.version"), ("24.04".into(), Origin::Default));
    assert_eq!(of("dns.token").0, "***");
    assert_eq!(
        of("network.nodeports_from").0,
        serde_json::json!(["10.0.0.0/16"])
    );
}

//! A configuration that is written and read again is the same one.

use std::net::Ipv4Addr;
use std::path::Path;

use k3scope::config::{
    AvailabilityDomain, Config, DnsProvider, Layout, NodeTable, Preset, SecretRef, SecretsBy,
};
use k3scope::domain::topology::{Cidr, Placement, Role};
use proptest::prelude::*;

fn node(index: u8) -> impl Strategy<Value = NodeTable> {
    (1..=80_u32, 0..=u32::MAX, 50..=32_768_u32).prop_map(move |(ocpus, memory, boot_volume_gb)| {
        let role = match index {
            0 => Role::Ingress,
            1 => Role::Server,
            _ => Role::Worker,
        };
        let most = (ocpus * 64).min(512);
        NodeTable {
            name: format!("node-{index}"),
            role,
            ocpus,
            memory_gb: ocpus + memory % (most - ocpus + 1),
            boot_volume_gb,
            subnet: if index == 0 {
                Placement::Public
            } else {
                Placement::Private
            },
            private_ip: Ipv4Addr::new(10, 0, if index == 0 { 1 } else { 2 }, 10 + index),
        }
    })
}

prop_compose! {
    fn config()(
        nodes in (2..6_u8).prop_flat_map(|count| (0..count).map(node).collect::<Vec<_>>()),
        name in "[a-z]([a-z0-9-]{0,28}[a-z0-9])?",
        profile in "[A-Za-z0-9 '\"\\\\#=]{0,10}x",
        domain in prop::option::of(prop_oneof![
            (1..=3_u32).prop_map(AvailabilityDomain::Number),
            "[A-Za-z]{4}:EU-FRANKFURT-1-AD-[1-3]".prop_map(AvailabilityDomain::Name),
        ]),
        token in prop_oneof![
            "[A-Z_][A-Z0-9_]{0,8}".prop_map(SecretRef::Env),
            "/[a-z]{1,8}".prop_map(|path| SecretRef::File(path.into())),
            prop::collection::vec("[ -~]{1,8}", 1..3).prop_map(SecretRef::Command),
        ],
        ports in prop::option::of(prop::collection::vec(any::<u32>(), 0..3)),
        amounts in prop::option::of((0..100_u32, 0..100_u32, 0..100_u32, 0..1000_u32)),
        pace in prop::option::of(1..=1000_u32),
        port in 1..=u16::MAX,
        repository in prop::option::of("https://git[.]example[.]org/[a-z]{1,8}[.]git"),
        revision in "[a-z0-9]([a-z0-9./]?[a-z0-9-]){0,6}",
        email in prop::option::of("[a-z.+]{1,8}@example[.]org"),
        sum in prop::option::of("[0-9a-f]{64}"),
        user in prop::option::of("[a-z]{1,8}"),
        namespaces in prop::collection::btree_set("[a-z][a-z0-9]{0,8}", 1..3),
        by in prop_oneof![Just(SecretsBy::KubernetesApi), Just(SecretsBy::UserData)],
    ) -> Config {
        let mut config = Config::of_layout(Layout::Custom);
        config.node = nodes;
        config.cluster.name = name;
        config.oci.profile = profile;
        config.oci.availability_domain = domain;
        config.dns.provider = DnsProvider::Cloudflare;
        config.dns.zone = Some("example.org".to_owned());
        config.dns.hosts.docs = Some("docs.example.org".to_owned());
        config.dns.hosts.argocd = Some("argocd.example.org".to_owned());
        config.gitops.token = repository.as_ref().map(|_| token.clone());
        if config.gitops.token.is_some() {
            config.bootstrap.secrets = by;
        }
        config.registry.token = user.as_ref().map(|_| token.clone());
        config.registry.username = user;
        config.registry.namespaces = namespaces.into_iter().collect();
        config.dns.token = Some(token);
        config.network.nodeports_from = ports.map(|ports| {
            ports.into_iter().map(|bits| Cidr::of(Ipv4Addr::from_bits(bits), 20)).collect()
        });
        if let Some((ocpus, memory, volumes, price)) = amounts {
            config.allowance.preset = Preset::Custom;
            config.allowance.ocpus = Some(ocpus);
            config.allowance.memory_gb = Some(memory);
            config.allowance.boot_volume_gb = Some(volumes);
            config.allowance.ocpu_hour = Some(f64::from(price) / 1000.0);
        }
        config.gitops.repository = repository;
        config.gitops.revision = revision;
        config.certificates.email = email;
        config.k3s.sha256 = sum;
        config.endpoints.pace = pace.map(f64::from);
        config.endpoints.oci = Some(format!("http://127.0.0.1:{port}"));
        config.dial.insert(format!("example.org:{port}"), ([127, 0, 0, 1], port).into());
        config
    }
}

proptest! {
    #[test]
    fn written_and_read_again_it_is_the_same(config in config()) {
        let text = toml::to_string(&config).unwrap();
        let read = Config::parse(&text, Path::new("cluster.toml"));
        prop_assert_eq!(read.map(|(read, _)| read).map_err(|error| error.to_string()), Ok(config));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(?s)[ -~\n\"'\\[\\]={}é\u{1b}\u{202e}]{0,200}") {
        let problems = super::problems_of(&text);
        for problem in problems {
            let harmless = !problem.message.contains(char::is_control);
            prop_assert!(harmless);
        }
    }

    #[test]
    fn a_cut_or_changed_file_is_read_or_refused(at in 0..4_000_usize, with in any::<char>()) {
        let mut text = k3scope::config::annotated(Layout::Compact);
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert(at, with);
        for problem in super::problems_of(&text) {
            let position = problem.position.expect("a place");
            prop_assert!(position.line <= text.lines().count() + 1);
        }
    }
}

#[test]
fn prices_are_taken_to_the_last_digit() {
    let text = "[allowance]\npreset = 'custom'\nocpus = 1\nmemory_gb = 2\nboot_volume_gb = 3\nocpu_hour = 0.01234\nvolume_gb_month = 0.1";
    let (config, _) = Config::parse(text, Path::new("c")).unwrap();
    let allowance = config.allowance.allowance();
    assert_eq!(allowance.ocpu_hour, 1_234);
    assert_eq!(allowance.volume_gigabyte_month, 10_000);
    assert_eq!(allowance.gigabyte_hour, 150);
    assert_eq!(
        (
            allowance.ocpus().0,
            allowance.memory().0,
            allowance.boot_volumes.0
        ),
        (1, 2, 3)
    );
}

//! What is said about what stands in the fields, and what follows from one for another.

use rstest::rstest;

use super::bench::{Bench, LAB, all_well, limits};
use crate::command::Command;
use crate::config::{Layout, annotated};
use crate::domain::setup::{Told, Topic};
use crate::wizard::{Base, Column, FieldId, Key, STEPS, Weight};

#[test]
fn every_field_stands_in_the_step_that_says_so() {
    let bench = Bench::of(Base {
        text: LAB.to_owned(),
        ..Base::default()
    });
    for row in STEPS {
        for field in bench.wizard.fields_of(row.step) {
            assert_eq!(field.id.step(), row.step, "{:?}", field.id);
        }
    }
}

#[rstest]
#[case::region(Key::Region, "eu-zurich-1", Weight::Warn, "home region eu-frankfurt-1")]
#[case::name(Key::ClusterName, "My Cluster", Weight::Stop, "lower-case letters")]
#[case::vcn(Key::Vcn, "10.0.0.0/33", Weight::Stop, "IPv4 network")]
#[case::subnet(Key::PublicSubnet, "192.168.0.0/24", Weight::Stop, "outside the VCN")]
#[case::ssh_from(Key::SshFrom, "0.0.0.0/0", Weight::Warn, "whole internet")]
#[case::ssh_from_nobody(Key::SshFrom, "", Weight::Warn, "nobody may log in")]
#[case::ssh_from_list(Key::SshFrom, "198.51.100.7/32, home", Weight::Stop, "IPv4 network")]
#[case::nodeports(Key::NodeportsFrom, "0.0.0.0/0", Weight::Warn, "more than the VCN")]
#[case::repository(Key::Repository, "here", Weight::Stop, "")]
#[case::no_repository(Key::Repository, "", Weight::Warn, "nothing is delivered")]
#[case::revision(Key::Revision, "", Weight::Stop, "")]
#[case::zone(Key::Zone, "nodot", Weight::Stop, "domain name")]
#[case::host(Key::HostDocs, "docs.elsewhere.org", Weight::Stop, "outside the zone")]
#[case::variable(Key::TokenEnv, "not a name", Weight::Stop, "environment variable")]
#[case::email(Key::Email, "me", Weight::Stop, "")]
#[case::ocpus(FieldId::Node(1, Column::Ocpus), "many", Weight::Stop, "a text")]
#[case::memory(
    FieldId::Node(1, Column::MemoryGb),
    "999",
    Weight::Stop,
    "out of range"
)]
#[case::address(
    FieldId::Node(1, Column::PrivateIp),
    "10.9.9.9",
    Weight::Stop,
    "outside"
)]
#[case::twice(FieldId::Node(1, Column::Name), "k3s-ingress", Weight::Stop, "taken")]
fn a_slip_is_said_beside_its_field_and_stays_as_typed(
    #[case] field: impl Into<FieldId>,
    #[case] typed: &str,
    #[case] weight: Weight,
    #[case] part: &str,
) {
    let field = field.into();
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Provider, "cloudflare");
    bench.put(Key::Zone, "example.org");
    bench.put(field, typed);
    let said = bench.said(field);
    let found = said
        .iter()
        .any(|(how, text)| *how == weight && text.contains(part));
    assert!(found, "{said:?}");
    bench.wizard.focus_on(field);
    assert_eq!(bench.wizard.focused().unwrap().text, typed);
    if weight == Weight::Stop {
        bench.press(Key::Begin);
        assert_eq!(bench.wizard.step(), field.step(), "it leads to the slip");
        assert!(bench.asks().iter().all(|ask| ask.topic() != Topic::Written));
    }
}

#[test]
fn compact_is_proposed_where_reference_costs_and_nobody_chose() {
    let mut bench = Bench::new().told(all_well());
    assert_eq!(bench.config().cluster.layout, Layout::Compact);
    assert!(!bench.wizard.allowance_check().costs_more());
    bench.put(Key::Layout, "reference");
    let check = bench.wizard.allowance_check();
    assert_eq!(check.price().to_string(), "$28.04/mo");
    assert!(bench.wizard.is_over());
    let said = bench.said(Key::Begin);
    assert!(
        said.iter()
            .any(|(how, text)| *how == Weight::Warn && text.contains("$28.04/mo")),
        "{said:?}"
    );
    bench.put(Key::Allowance, "payg-2025");
    assert!(!bench.wizard.allowance_check().costs_more());
    let own = Bench::of(Base {
        text: annotated(Layout::Reference),
        exists: true,
        ..Base::default()
    });
    assert_eq!(
        own.config().cluster.layout,
        Layout::Reference,
        "a file's choice stands"
    );
}

#[test]
fn limits_without_room_are_said_and_hold_nobody_up() {
    let mut bench = Bench::new().told(all_well());
    bench.tell(Told::Limits { limits: limits(1) });
    let said = bench.said(Key::Layout);
    assert!(
        said.iter()
            .any(|(how, text)| *how == Weight::Warn && text.contains("1 left"))
    );
    bench.checked(&[]);
    assert!(bench.wizard.can_begin());
}

#[test]
fn nodes_are_ones_own_as_soon_as_one_is_changed() {
    let mut bench = Bench::new().told(all_well());
    bench.put(FieldId::Node(1, Column::MemoryGb), "5");
    assert_eq!(bench.config().cluster.layout, Layout::Custom);
    assert_eq!(bench.config().node[1].memory_gb, 5);
    bench.press(Key::AddWorker);
    bench.press(Key::AddWorker);
    let names: Vec<String> = bench
        .config()
        .node
        .into_iter()
        .map(|node| node.name)
        .collect();
    assert_eq!(
        names,
        ["k3s-ingress", "k3s-server", "k3s-worker", "k3s-worker-2"]
    );
    bench.wizard.focus_on(FieldId::Node(2, Column::Remove));
    bench.wizard.on(Command::Accept);
    assert_eq!(bench.config().node.len(), 3);
    bench.put(Key::Layout, "compact");
    assert_eq!(bench.config().node.len(), 2);
    bench.put(Key::Layout, "custom");
    assert_eq!(bench.config().node.len(), 3, "one's own nodes come back");
}

#[test]
fn subnets_and_hosts_follow_until_they_are_typed() {
    let mut bench = Bench::new().told(all_well());
    bench.put(Key::Vcn, "10.7.0.0/16");
    let config = bench.config();
    assert_eq!(config.network.public_subnet.to_string(), "10.7.1.0/24");
    assert_eq!(config.node[0].private_ip.to_string(), "10.7.1.10");
    bench.put(Key::PublicSubnet, "10.7.9.0/24");
    bench.put(Key::Vcn, "10.7.0.0/17");
    assert_eq!(
        bench.config().network.public_subnet.to_string(),
        "10.7.9.0/24"
    );
    bench.put(Key::Provider, "cloudflare");
    bench.put(Key::Zone, "example.org");
    let hosts = bench.config().dns.hosts;
    assert_eq!(hosts.docs.as_deref(), Some("docs.example.org"));
}

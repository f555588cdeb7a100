//! The image's rules, those of the script and of K3s, whole and each broken in one way.

use rstest::rstest;

use super::*;

/// The image's own rules.
const IMAGE: &str = include_str!("../../../../tests/data/firewall/rules.v4");

/// What the bootstrap script and K3s add on an ingress node, in `iptables-save`'s words.
const INPUT: &str = "-A INPUT -s 10.0.0.0/16 -j ACCEPT\n-A INPUT -s 10.42.0.0/16 -j ACCEPT\n";
const FORWARD: &str = "-A FORWARD -s 10.0.2.0/24 -j ACCEPT\n\
    -A FORWARD -d 10.0.2.0/24 -m state --state RELATED,ESTABLISHED -j ACCEPT\n";
const REJECT: &str = "REJECT --reject-with icmp-host-prohibited\n";
const OTHERS: &str = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
    -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p tcp -m tcp ! --dport 53 -j DROP\n\
    -A PREROUTING -s 10.42.0.0/16 -d 169.254.169.254/32 -p udp -m udp ! --dport 53 -j DROP\nCOMMIT\n\
    *nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
    :POSTROUTING ACCEPT [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n:FLANNEL-POSTRTG - [0:0]\n\
    -A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING\n\
    -A POSTROUTING -s 10.0.2.0/24 ! -d 10.0.0.0/16 -o enp0s6 -j MASQUERADE\n\
    -A POSTROUTING -m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG\n\
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n\
    -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n\
    -A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE --random-fully\n\
    -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment \"flanneld masq\" -j RETURN\n\
    -A FLANNEL-POSTRTG ! -s 10.42.0.0/16 -d 10.42.0.0/16 -m comment --comment \"flanneld masq\" -j MASQUERADE --random-fully\n\
    COMMIT\n";

fn text() -> String {
    let filter = IMAGE
        .replace(
            &format!("-A INPUT -j {REJECT}"),
            &format!("{INPUT}-A INPUT -j {REJECT}"),
        )
        .replace(
            &format!("-A FORWARD -j {REJECT}"),
            &format!("{FORWARD}-A FORWARD -j {REJECT}"),
        );
    assert!(filter.contains(INPUT) && filter.contains(FORWARD));
    filter + OTHERS
}

fn read(text: &str) -> Firewall {
    Firewall::read(text).unwrap()
}

fn packet(from: [u8; 4], to: [u8; 4], protocol: &'static str, port: u16) -> Packet<'static> {
    Packet {
        from: from.into(),
        to: to.into(),
        protocol,
        port,
        card: "enp0s6",
    }
}

fn way_out() -> Packet<'static> {
    packet([10, 0, 2, 10], [1, 1, 1, 1], "tcp", 443)
}

#[rstest]
#[case::vxlan("udp", 8472)]
#[case::kubelet("tcp", 10_250)]
#[case::api("tcp", 6443)]
fn nodes_hear_each_other_where_the_script_has_run(
    #[case] protocol: &'static str,
    #[case] port: u16,
) {
    let packet = packet([10, 0, 1, 10], [10, 0, 2, 10], protocol, port);
    assert_eq!(
        read(&text()).verdict("filter", "INPUT", &packet),
        Verdict::Passes
    );
    let refused = read(IMAGE).verdict("filter", "INPUT", &packet);
    let rule = format!("-A INPUT -j {}", REJECT.trim());
    assert_eq!(refused, Verdict::Refused(rule));
}

#[test]
fn ssh_passes_the_image_s_rules() {
    let packet = packet([10, 0, 1, 10], [10, 0, 2, 10], "tcp", 22);
    assert_eq!(
        read(IMAGE).verdict("filter", "INPUT", &packet),
        Verdict::Passes
    );
}

#[test]
fn a_rule_before_the_others_is_named() {
    let rule = "-A INPUT -s 10.0.2.11/32 -p udp -m udp --dport 8472 -j DROP";
    let text = text().replace("-A INPUT -m state", &format!("{rule}\n-A INPUT -m state"));
    let from = |last| packet([10, 0, 2, last], [10, 0, 2, 10], "udp", 8472);
    let firewall = read(&text);
    let refused = firewall.verdict("filter", "INPUT", &from(11));
    assert_eq!(refused, Verdict::Refused(rule.to_owned()));
    assert_eq!(
        firewall.verdict("filter", "INPUT", &from(12)),
        Verdict::Passes
    );
}

#[test]
fn what_is_passed_on_and_what_is_not() {
    let well = read(&text()).verdict("filter", "FORWARD", &way_out());
    assert_eq!(well, Verdict::Passes);
    let first = text().replace(FORWARD, "");
    let refused = read(&first).verdict("filter", "FORWARD", &way_out());
    assert!(matches!(refused, Verdict::Refused(rule) if rule.contains("REJECT")));
    let policy = text()
        .replace(FORWARD, "")
        .replace(&format!("-A FORWARD -j {REJECT}"), "")
        .replace(":FORWARD ACCEPT", ":FORWARD DROP");
    let refused = read(&policy).verdict("filter", "FORWARD", &way_out());
    assert!(matches!(refused, Verdict::Refused(rule) if rule.starts_with(":FORWARD DROP")));
}

#[test]
fn the_disguise_on_the_way_out() {
    assert_eq!(read(&text()).disguise(&way_out()), Disguise::Masqueraded);
    let inside = packet([10, 0, 2, 10], [10, 0, 1, 10], "tcp", 443);
    assert_eq!(read(&text()).disguise(&inside), Disguise::None);
    let card = text().replace("-o enp0s6", "-o ens3");
    let other = read(&card).disguise(&way_out());
    assert_eq!(other, Disguise::OnAnotherCard("ens3".to_owned()));
    let none = text().replace(
        "-A POSTROUTING -s 10.0.2.0/24",
        "-A POSTROUTING -s 10.9.0.0/24",
    );
    assert_eq!(read(&none).disguise(&way_out()), Disguise::None);
    assert_eq!(read(IMAGE).disguise(&way_out()), Disguise::None);
}

#[rstest]
#[case::http("tcp", 80, false)]
#[case::ntp("udp", 123, false)]
#[case::names("udp", 53, true)]
fn pods_reach_only_the_resolver_of_the_metadata_address(
    #[case] protocol: &'static str,
    #[case] port: u16,
    #[case] passes: bool,
) {
    let packet = packet([10, 42, 1, 7], [169, 254, 169, 254], protocol, port);
    let verdict = read(&text()).verdict("raw", "PREROUTING", &packet);
    assert_eq!(verdict == Verdict::Passes, passes);
}

#[test]
fn chains_that_call_each_other_for_ever_end() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A A -j B\n-A B -j A\n-A B -j A\nCOMMIT\n";
    let packet = way_out();
    assert_eq!(
        read(text).verdict("filter", "INPUT", &packet),
        Verdict::Passes
    );
}

#[test]
fn what_is_not_understood_neither_passes_nor_refuses() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set --match-set banned src -j DROP\n-A INPUT -m recent --rcheck -j DROP\nCOMMIT\n";
    assert_eq!(
        read(text).verdict("filter", "INPUT", &way_out()),
        Verdict::Passes
    );
}

#[test]
fn what_is_no_firewall_is_none() {
    assert_eq!(Firewall::read("sudo: a password is required\n"), None);
    assert_eq!(Firewall::read(""), None);
}

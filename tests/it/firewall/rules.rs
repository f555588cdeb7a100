//! What passes, what does not, and that it stays so.

use super::world::{Answer, IMAGE, World, rules};
use crate::render::{Sandbox, reference};

const OUTSIDE: &str = "203.0.113.10";
const NEIGHBOUR: &str = "10.0.3.30";
const INGRESS: &str = "10.0.1.10";
const PRIVATE: &str = "10.0.2.20";
const POD: &str = "10.42.1.5";
const METADATA: &str = "169.254.169.254";

fn node(name: &str) -> Sandbox {
    let node = Sandbox::of(&reference(), name);
    node.without_shims(&["ip", "iptables", "iptables-save", "sysctl"]);
    node
}

fn to(address: &str) -> Answer {
    Answer::To(address.to_owned())
}

/// Holds the ingress node against what it is for, however its rules got there.
#[track_caller]
fn behaves(world: &World) {
    let rows = [
        // Who is private goes out by the ingress node's address, and by its own in the VCN.
        ("private", "tcp", OUTSIDE, "443", to(INGRESS)),
        ("private", "tcp", NEIGHBOUR, "443", to(PRIVATE)),
        // Nodes reach each other: the kubelet, and pods by VXLAN.
        ("private", "tcp", INGRESS, "10250", to(PRIVATE)),
        ("private", "udp", INGRESS, "8472", to(PRIVATE)),
        // Pods reach the node and names, not the metadata; the node reaches it.
        ("pod", "tcp", INGRESS, "10250", to(POD)),
        ("pod", "tcp", METADATA, "53", to(POD)),
        ("pod", "udp", METADATA, "53", to(POD)),
        ("pod", "tcp", METADATA, "80", Answer::Silence),
        ("pod", "udp", METADATA, "123", Answer::Silence),
        ("ingress", "tcp", METADATA, "80", to(INGRESS)),
        ("ingress", "udp", METADATA, "123", to(INGRESS)),
        // The image's own door stays.
        ("outside", "tcp", INGRESS, "22", to(OUTSIDE)),
    ];
    for (from, protocol, address, port, answer) in rows {
        let got = world.ask(from, protocol, address, port);
        assert_eq!(got, answer, "{from} to {protocol} {address}:{port}");
    }
    let stranger = world.ask("outside", "tcp", INGRESS, "10250");
    assert!(matches!(stranger, Answer::Refused(_)), "{stranger:?}");
}

#[test]
fn the_ingress_node_lets_pass_what_it_should_and_nothing_else() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    for address in [OUTSIDE, NEIGHBOUR] {
        assert_eq!(
            world.ask("private", "tcp", address, "443"),
            Answer::Silence,
            "the way to {address} is through the ingress node, which forwards nothing yet"
        );
    }
    let refused = world.ask("private", "tcp", INGRESS, "10250");
    assert!(matches!(refused, Answer::Refused(_)), "{refused:?}");

    let node = node("k3s-ingress");
    world.bootstrap("ingress", &node, &[]);
    behaves(&world);

    world.run("ingress", &["iptables", "-t", "raw", "-F"]);
    assert_eq!(
        world.ask("pod", "tcp", METADATA, "80"),
        to(POD),
        "without the rule the metadata is there for the taking"
    );
    world.run("ingress", &["iptables", "-t", "nat", "-F", "POSTROUTING"]);
    assert_eq!(
        world.ask("private", "tcp", OUTSIDE, "443"),
        Answer::Silence,
        "and the outside cannot answer a private address"
    );
    world.bootstrap("ingress", &node, &["--from", "firewall"]);
    behaves(&world);
}

#[test]
fn saved_rules_behave_the_same_at_the_next_boot() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    let node = node("k3s-ingress");
    world.bootstrap("ingress", &node, &[]);
    let before = world.rules("ingress");
    drop(world);

    let saved = node.read("root/etc/iptables/rules.v4");
    let Some(world) = World::of(&saved) else {
        return;
    };
    let sysctls = node.path("root/etc/sysctl.d/90-k3scope.conf");
    world.run("ingress", &["sysctl", "-p", sysctls.to_str().unwrap()]);
    assert_eq!(world.rules("ingress"), before);
    behaves(&world);
    world.bootstrap("ingress", &node, &[]);
    assert_eq!(world.rules("ingress"), before, "a second run adds nothing");
}

#[test]
fn what_oracle_laid_stays_and_ours_stands_before_its_refusal() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    let image = world.rules("ingress");
    world.bootstrap("ingress", &node("k3s-ingress"), &[]);
    let now = world.rules("ingress");
    let of = |rules: &[String], chain: &str| -> Vec<String> {
        let start = format!("-A {chain} ");
        let own = rules.iter().filter(|rule| rule.starts_with(&start));
        own.cloned().collect()
    };
    for (chain, rules) in [("InstanceServices", 15), ("OUTPUT", 1)] {
        assert_eq!(of(&image, chain).len(), rules);
        assert_eq!(of(&now, chain), of(&image, chain));
    }
    for (chain, ours) in [("INPUT", 3), ("FORWARD", 4)] {
        let (now, image) = (of(&now, chain), of(&image, chain));
        let (refusal, before) = image.split_last().unwrap();
        assert!(refusal.contains("-j REJECT"), "{refusal}");
        assert_eq!(now[..before.len()], *before);
        assert_eq!(now.last(), Some(refusal));
        let added = &now[before.len()..now.len() - 1];
        assert_eq!(added.len(), ours, "{added:?}");
        assert!(added.iter().all(|rule| rule.ends_with("-j ACCEPT")));
    }
}

#[test]
fn rules_of_k3s_stay_in_place_and_out_of_what_is_saved() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    let node = node("k3s-ingress");
    world.bootstrap("ingress", &node, &[]);
    let clean = node.read("root/etc/iptables/rules.v4");
    let of_k3s = "iptables -N KUBE-FORWARD
        iptables -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
        iptables -I FORWARD -m comment --comment 'kubernetes forwarding rules' -j KUBE-FORWARD
        iptables -I FORWARD -m mark --mark 0x20000/0x20000 -j ACCEPT
        iptables -t nat -N FLANNEL-POSTRTG
        iptables -t nat -A POSTROUTING -m comment --comment 'flanneld masq' -j FLANNEL-POSTRTG
        iptables -t nat -A FLANNEL-POSTRTG -s 10.42.0.0/16 ! -d 10.42.0.0/16 -j MASQUERADE
        iptables -t nat -N CNI-HOSTPORT-DNAT
        iptables -t nat -I PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT";
    world.run("ingress", &["sh", "-euc", of_k3s]);
    let running = world.rules("ingress");

    world.bootstrap("ingress", &node, &["--from", "firewall"]);
    assert_eq!(world.rules("ingress"), running, "none is moved or repeated");
    let saved = node.read("root/etc/iptables/rules.v4");
    assert_eq!(rules(&saved), rules(&clean));
}

#[test]
fn a_private_node_lets_the_nodes_in() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    let refused = world.ask("ingress", "udp", PRIVATE, "8472");
    assert!(matches!(refused, Answer::Refused(_)), "{refused:?}");
    world.bootstrap("private", &node("k3s-server"), &[]);
    assert_eq!(world.ask("ingress", "udp", PRIVATE, "8472"), to(INGRESS));
}

#[test]
fn ours_go_before_what_somebody_put_above_them_and_theirs_stays() {
    let Some(world) = World::of(IMAGE) else {
        return;
    };
    let node = node("k3s-ingress");
    world.bootstrap("ingress", &node, &[]);
    let clean = world.rules("ingress");
    let strangers = "iptables -N KUBE-FORWARD
        iptables -I FORWARD -m comment --comment 'never mind the -j DROP' -j REJECT
        iptables -I FORWARD -m comment --comment 'kubernetes forwarding rules' -j KUBE-FORWARD
        iptables -I INPUT 2 -p tcp -s 10.0.0.0/16 --dport 10250 -j DROP
        iptables -I INPUT 2 -p udp --dport 8472 -j REJECT";
    world.run("ingress", &["sh", "-euc", strangers]);
    let ask = |protocol, address, port| world.ask("private", protocol, address, port);
    assert!(matches!(ask("tcp", OUTSIDE, "443"), Answer::Refused(_)));
    assert!(matches!(ask("udp", INGRESS, "8472"), Answer::Refused(_)));
    assert_eq!(ask("tcp", INGRESS, "10250"), Answer::Silence);

    world.bootstrap("ingress", &node, &["--from", "firewall"]);
    behaves(&world);
    let now = world.rules("ingress");
    let is_strangers = |rule: &&String| {
        rule.contains("KUBE-FORWARD")
            || rule.contains("never mind")
            || (rule.contains("-A INPUT") && (rule.contains("8472") || rule.contains("10250")))
    };
    assert_eq!(now.iter().filter(is_strangers).count(), 5, "{now:#?}");
    let mut rest: Vec<_> = now.iter().filter(|rule| !is_strangers(rule)).collect();
    let mut before: Vec<_> = clean.iter().collect();
    rest.sort_unstable();
    before.sort_unstable();
    assert_eq!(rest, before, "none is lost or doubled");
    let first = now.iter().find(|rule| rule.starts_with("-A FORWARD"));
    assert!(
        first.unwrap().contains("KUBE-FORWARD"),
        "what K3s put on top stays there"
    );

    world.bootstrap("ingress", &node, &[]);
    assert_eq!(
        world.rules("ingress"),
        now,
        "and a second run moves nothing"
    );
}

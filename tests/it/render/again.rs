//! The script, run again: what a mended node takes up, and how an agent joins a server made anew.

use std::fs;
use std::os::unix::fs::symlink;

use k3scope::config::{Config, Layout};
use rstest::rstest;

use super::laid::reference;
use super::sandbox::Sandbox;

const AGENT: &str = "root/var/lib/rancher/k3s/agent";

/// A node that is up, as far as this cluster has it.
fn up(name: &str) -> Sandbox {
    let node = Sandbox::of(&reference(), name);
    node.ends(&[], 0);
    node.forget_calls();
    node
}

fn starts(node: &Sandbox) -> Vec<String> {
    let calls = node.calls("systemctl");
    let starts = |call: &String| ["start", "restart", "stop"].contains(&first(call));
    calls.into_iter().filter(starts).collect()
}

fn first(call: &str) -> &str {
    call.split(' ').next().unwrap()
}

#[rstest]
#[case::server("k3s-server", "k3s.service")]
#[case::agent("k3s-worker", "k3s-agent.service")]
fn k3s_is_restarted_only_for_a_reason(#[case] name: &str, #[case] unit: &str) {
    let node = up(name);
    node.ends(&[], 0);
    let (start, restart) = (
        format!("start --no-block {unit}"),
        format!("restart --no-block {unit}"),
    );
    assert_eq!(starts(&node), [start.as_str()], "as after a reboot");

    node.forget_calls();
    node.ends(&["--from", "firewall"], 0);
    assert_eq!(
        starts(&node),
        [start.as_str()],
        "its rules are another matter"
    );

    node.forget_calls();
    node.ends(&["--from", "k3s"], 0);
    assert_eq!(starts(&node), [restart.as_str()], "as somebody asks");

    for file in [
        "etc/rancher/k3s/config.yaml",
        "etc/k3scope/agent-token",
        &format!("etc/systemd/system/{unit}"),
    ] {
        let file = format!("root/{file}");
        node.write(&file, &format!("{}# mended\n", node.read(&file)));
        node.forget_calls();
        node.ends(&["--from", "download"], 0);
        assert_eq!(starts(&node), [restart.as_str()], "{file}");
    }
}

#[test]
fn a_restarted_agent_has_to_join_again_to_count() {
    let node = up("k3s-worker");
    node.write("dead", "");
    let run = node.run(&["--from", "k3s"]);
    assert!(!run.status.success());
    assert_eq!(node.markers().last().unwrap(), "k3s failed");
    fs::remove_file(node.path("dead")).unwrap();
    node.ends(&["--from", "k3s"], 0);
}

#[rstest]
#[case::ingress("k3s-ingress")]
#[case::worker("k3s-worker")]
fn an_agent_forgets_its_old_server_and_nothing_else(#[case] name: &str) {
    let node = up(name);
    let forgotten = [
        "client-ca.crt",
        "client-kubelet.crt",
        "client-kubelet.key",
        "server-ca.crt",
        "serving-kubelet.key",
        "k3scontroller.kubeconfig",
        "kubeproxy.kubeconfig",
    ];
    let kept = [
        "containerd/io.containerd.content.v1.content/blobs/sha256/0a.key",
        "containerd/bin/server.crt",
        "images/airgap.tar.zst",
        "etc/containerd/config.toml",
        "pod-manifests/x.yaml",
    ];
    for file in forgotten.iter().chain(&kept) {
        node.write(&format!("{AGENT}/{file}"), "of before");
    }
    node.write("root/etc/rancher/node/password", "of before");
    node.write("elsewhere", "of before");
    symlink(
        node.path("elsewhere"),
        node.path(&format!("{AGENT}/link.crt")),
    )
    .unwrap();
    let binary = node.read("root/usr/local/bin/k3s");

    node.ends(&["--rejoin"], 0);
    assert_eq!(
        node.markers(),
        ["api-server start", "api-server ok", "k3s start", "k3s ok"]
    );
    assert_eq!(
        starts(&node),
        [
            "stop k3s-agent.service",
            "start --no-block k3s-agent.service"
        ]
    );
    for file in forgotten {
        assert!(!node.path(&format!("{AGENT}/{file}")).exists(), "{file}");
    }
    assert!(fs::symlink_metadata(node.path(&format!("{AGENT}/link.crt"))).is_err());
    for file in kept {
        assert_eq!(node.read(&format!("{AGENT}/{file}")), "of before", "{file}");
    }
    assert_eq!(node.read("root/etc/rancher/node/password"), "of before");
    assert_eq!(node.read("elsewhere"), "of before");
    assert_eq!(node.read("root/usr/local/bin/k3s"), binary);
    let joined = node.read(&format!("{AGENT}/kubelet.kubeconfig"));
    assert_eq!(joined, "joined\n", "written anew");

    node.forget_calls();
    node.ends(&["--rejoin"], 0);
    assert_eq!(node.markers().last().unwrap(), "k3s ok", "and once more");
}

#[test]
fn a_rejoin_that_fails_is_told_and_goes_on_later() {
    let node = up("k3s-worker");
    node.fail("stop", 100);
    node.write(&format!("{AGENT}/client-ca.crt"), "of before");
    assert!(!node.run(&["--rejoin"]).status.success());
    let said = node.detail("failed");
    assert!(
        said.contains("systemctl stop k3s-agent.service: exit status 5"),
        "{said}"
    );
    assert_eq!(node.markers().last().unwrap(), "api-server failed");
    assert!(
        node.path(&format!("{AGENT}/client-ca.crt")).exists(),
        "nothing is taken from an agent that runs"
    );
    node.fail("stop", 2);
    node.forget_calls();
    node.ends(&["--rejoin"], 0);
    assert_eq!(node.calls("sleep"), ["1", "2"]);
    assert!(!node.path(&format!("{AGENT}/client-ca.crt")).exists());
}

#[test]
fn a_server_has_nobody_to_join() {
    let node = up("k3s-server");
    node.write(&format!("{AGENT}/client-ca.crt"), "its own");
    let output = node.run(&["--rejoin"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("usage: k3scope-bootstrap [--from STAGE];"),
        "{said}"
    );
    assert!(node.path(&format!("{AGENT}/client-ca.crt")).exists());
    assert_eq!(node.read("calls"), "");
    assert_eq!(node.console(), "");
}

#[rstest]
#[case::reference(Layout::Reference)]
#[case::compact(Layout::Compact)]
fn every_node_starts_k3s_with_its_flags_and_the_server_takes_workloads(#[case] layout: Layout) {
    let config = Config::of_layout(layout);
    for node in &config.node {
        let sandbox = Sandbox::of(&config, &node.name);
        sandbox.ends(&[], 0);
        let calls = sandbox.calls("systemctl");
        let started = calls
            .iter()
            .find_map(|call| call.strip_prefix("restart --no-block "));
        let unit = sandbox.read(&format!("root/etc/systemd/system/{}", started.unwrap()));
        let flags = sandbox.read("root/etc/rancher/k3s/config.yaml");
        assert!(!flags.contains("taint"), "{flags}");
        if started == Some("k3s.service") {
            assert!(
                unit.contains("\nExecStart=/usr/local/bin/k3s server\n"),
                "{unit}"
            );
            assert!(flags.contains("disable: [traefik, servicelb]\n"), "{flags}");
            assert!(flags.contains("secrets-encryption: true\n"), "{flags}");
            let own = format!("tls-san: [\"{}\", {}]\n", node.name, node.private_ip);
            assert!(flags.contains(&own), "{flags}");
        } else {
            assert!(
                unit.contains("\nExecStart=/usr/local/bin/k3s agent\n"),
                "{unit}"
            );
            assert!(
                flags.contains("server: \"https://10.0.2.10:6443\"\n"),
                "{flags}"
            );
        }
    }
}

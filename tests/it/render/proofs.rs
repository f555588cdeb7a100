//! Every stage of every role: that it succeeds, fails, tries again and may be repeated, from one
//! table. A stage that the table does not know fails these tests.

use k3scope::config::{Config, Layout};
use k3scope::domain::bootstrap::Stage;
use k3scope::domain::topology::Role;
use rstest::rstest;

use super::laid::reference;
use super::sandbox::Sandbox;

/// How a stage is put to the proof.
struct Proof {
    /// What success leaves: a file of the sandbox, and what stands in it.
    leaves: (&'static str, &'static str),
    /// What is made to fail.
    fails: &'static str,
    /// What a failure says.
    says: &'static str,
    /// What a wait says that it is for.
    waits: &'static str,
    /// How often it tries.
    tries: usize,
    /// The first pause between two tries, and the longest, in seconds.
    pauses: (usize, usize),
    /// What a repetition does not do again: a program, and a part of its arguments.
    once: (&'static str, &'static str),
}

fn proof(stage: Stage, role: Role) -> Option<Proof> {
    match stage {
        Stage::Firewall => Some(Proof {
            leaves: ("rules", "-A INPUT -s 10.0.0.0/16 -j ACCEPT"),
            fails: "iptables",
            says: "iptables -w -I INPUT 5 -s 10.0.0.0/16 -j ACCEPT: exit status 4",
            waits: "INPUT to take a rule",
            tries: 4,
            pauses: (1, 4),
            once: ("iptables", "-I "),
        }),
        Stage::Nat => Some(Proof {
            leaves: ("rules", "-o enp0s6 -j MASQUERADE"),
            fails: "sysctl",
            says: "/etc/sysctl.d/90-k3scope.conf: exit status 1",
            waits: "the kernel to forward packets",
            tries: 4,
            pauses: (1, 4),
            once: ("iptables", "-A POSTROUTING"),
        }),
        Stage::Route => Some(Proof {
            leaves: ("calls", "https://1.1.1.1/"),
            fails: "route",
            says: "--max-time 10 https://1.1.1.1/: exit status 28",
            waits: "route to 1.1.1.1:443 through 10.0.1.10",
            tries: 360,
            pauses: (2, 10),
            once: ("sleep", ""),
        }),
        Stage::Download => Some(Proof {
            leaves: ("root/usr/local/bin/k3s", "k3s"),
            fails: "binary",
            says: "k3s-arm64 with the right checksum: exit status 22",
            waits: "k3s-arm64 with the right checksum",
            tries: 12,
            pauses: (2, 60),
            once: ("curl", "github.com"),
        }),
        Stage::Manifests => Some(Proof {
            leaves: (
                "root/var/lib/rancher/k3s/server/manifests/k3scope-argocd.yaml",
                "HelmChart",
            ),
            fails: "late",
            says: "the manifest of Argo CD: exit status 1",
            waits: "the manifest of Argo CD",
            tries: 4,
            pauses: (1, 4),
            once: ("sleep", ""),
        }),
        Stage::ApiServer => Some(Proof {
            leaves: ("calls", "https://10.0.2.10:6443/ping"),
            fails: "ping",
            says: "API server at 10.0.2.10:6443: exit status 1: https://10.0.2.10:6443/ping answers 000",
            waits: "API server at 10.0.2.10:6443",
            tries: 360,
            pauses: (2, 10),
            once: ("systemctl", "stop"),
        }),
        Stage::K3s => Some(k3s(role)),
        Stage::Instance
        | Stage::Console
        | Stage::HostKeys
        | Stage::Login
        | Stage::CloudInit
        | Stage::Ready
        | Stage::Api
        | Stage::Secrets
        | Stage::ArgoCd
        | Stage::Root
        | Stage::Applications
        | Stage::Certificates
        | Stage::Records
        | Stage::Hosts => None,
    }
}

fn k3s(role: Role) -> Proof {
    let (leaves, says) = match role {
        Role::Server => (
            ("root/etc/rancher/k3s/k3s.yaml", "serves"),
            "k3s.service to be active and to write /etc/rancher/k3s/k3s.yaml: exit status 1",
        ),
        Role::Ingress | Role::Worker => (
            (
                "root/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
                "joined",
            ),
            "k3s-agent.service to be active and to write /var/lib/rancher/k3s/agent/kubelet.kubeconfig: exit status 1",
        ),
    };
    Proof {
        leaves,
        fails: "active",
        says,
        waits: "service to be active and to write",
        tries: 90,
        pauses: (2, 10),
        once: ("systemctl", "restart"),
    }
}

impl Proof {
    /// The pauses before the first `count` further tries.
    fn pauses(&self, count: usize) -> Vec<String> {
        let (first, most) = self.pauses;
        let growing = std::iter::successors(Some(first), |pause| Some(most.min(pause * 2)));
        growing.take(count).map(|pause| pause.to_string()).collect()
    }

    /// Lets the next `times` tries fail.
    fn breaks(&self, node: &Sandbox, times: u32) {
        if self.fails == "late" {
            node.lay_late(self.leaves.0);
        }
        node.fail(self.fails, times);
    }

    fn mends(&self, node: &Sandbox) {
        if self.fails == "late" {
            node.lay(self.leaves.0);
        }
        node.fail(self.fails, 0);
    }
}

/// Runs `prove` on each stage of the role in both layouts, on a node that has this stage only.
fn each(role: Role, layouts: &[Layout], prove: impl Fn(&Sandbox, &str, &Proof)) {
    let stages = Stage::of_script(role);
    assert!(!stages.is_empty());
    for layout in layouts {
        let config = match layout {
            Layout::Reference => reference(),
            Layout::Compact | Layout::Custom => Config::of_layout(*layout),
        };
        let Some(name) = config.node.iter().find(|node| node.role == role) else {
            assert!(role == Role::Worker && *layout == Layout::Compact);
            continue;
        };
        for stage in stages {
            let proof = proof(*stage, role);
            let proof = proof.unwrap_or_else(|| panic!("nothing proves the stage {stage}"));
            let node = Sandbox::of(&config, &name.name);
            if *stage == Stage::K3s {
                node.write("root/usr/local/bin/k3s", "k3s");
            }
            let stage = stage.to_string();
            node.only(&stage);
            prove(&node, &stage, &proof);
        }
    }
}

const BOTH: [Layout; 2] = [Layout::Reference, Layout::Compact];

#[rstest]
fn it_succeeds(#[values(Role::Ingress, Role::Server, Role::Worker)] role: Role) {
    each(role, &BOTH, |node, stage, proof| {
        node.ends(&[], 0);
        let (file, content) = proof.leaves;
        let left = node.read(file);
        assert!(left.contains(content), "{stage}: {left}");
        assert_eq!(
            node.markers(),
            [format!("{stage} start"), format!("{stage} ok")]
        );
        assert_eq!(node.calls("sleep"), [""; 0], "{stage}");
    });
}

#[rstest]
fn it_fails_says_so_and_is_mended_by_running_it_again(
    #[values(Role::Ingress, Role::Server, Role::Worker)] role: Role,
) {
    each(role, &[Layout::Reference], |node, stage, proof| {
        proof.breaks(node, 100_000);
        assert!(!node.run(&[]).status.success(), "{stage}");
        let markers = node.markers();
        assert_eq!(markers[0], format!("{stage} start"));
        assert_eq!(*markers.last().unwrap(), format!("{stage} failed"));
        let said = node.detail("failed");
        assert!(said.contains(proof.says), "{stage}: {said}");
        assert_eq!(
            node.calls("sleep"),
            proof.pauses(proof.tries - 1),
            "{stage}"
        );

        proof.mends(node);
        node.forget_calls();
        node.ends(&["--from", stage], 0);
        assert_eq!(
            node.markers(),
            [format!("{stage} start"), format!("{stage} ok")]
        );
    });
}

#[rstest]
fn it_tries_again(#[values(Role::Ingress, Role::Server, Role::Worker)] role: Role) {
    each(role, &BOTH, |node, stage, proof| {
        proof.breaks(node, 3);
        node.ends(&[], 0);
        let states = ["start", "wait", "ok"].map(|state| format!("{stage} {state}"));
        assert_eq!(node.markers(), states);
        let waits = node.detail("wait");
        assert!(waits.contains(proof.waits), "{stage}: {waits}");
        assert_eq!(node.calls("sleep"), proof.pauses(3), "{stage}");
    });
}

#[rstest]
fn it_is_repeated_in_vain(#[values(Role::Ingress, Role::Server, Role::Worker)] role: Role) {
    each(role, &BOTH, |node, stage, proof| {
        node.ends(&[], 0);
        let (file, content) = proof.leaves;
        let rules = node.read("rules");
        node.forget_calls();
        node.ends(&[], 0);
        assert_eq!(
            node.markers(),
            [format!("{stage} start"), format!("{stage} ok")]
        );
        assert_eq!(node.read("rules"), rules);
        assert!(node.read(file).contains(content), "{stage}");
        let (program, part) = proof.once;
        let calls = node.calls(program);
        assert!(
            !calls.iter().any(|call| call.contains(part)),
            "{stage}: {calls:?}"
        );
    });
}

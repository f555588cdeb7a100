//! Three nodes coming up, as events with their times.

use k3scope::domain::bootstrap::{BootstrapEvent, Followed, LogOrigin, Progress, Stage, Subject};
use k3scope::domain::event::{Event, What};
use k3scope::domain::journey;
use k3scope::domain::problem::Problem;
use k3scope::domain::topology::Role;

use super::steps::{ago, stage};

fn told(seconds: i64, event: BootstrapEvent) -> Event {
    ago(seconds, What::Bootstrap(event))
}

fn set(seconds: i64, node: &str, stage: Stage, progress: Progress) -> Event {
    let of = if node.is_empty() {
        Subject::Cluster
    } else {
        Subject::Node(node.into())
    };
    told(
        seconds,
        BootstrapEvent::Stage {
            of,
            stage,
            progress,
        },
    )
}

fn running(waits_for: &str) -> Progress {
    Progress::Running {
        waits_for: waits_for.into(),
    }
}

/// Stages of a node that were done, each with how long ago it began; they follow on each other.
fn passed(node: &str, stages: &[(Stage, i64)], last: i64) -> Vec<Event> {
    let ends = stages.iter().skip(1).map(|(_, begun)| *begun).chain([last]);
    stages
        .iter()
        .zip(ends)
        .flat_map(|((stage, begun), end)| {
            [
                set(*begun, node, *stage, running("")),
                set(end, node, *stage, Progress::Done),
            ]
        })
        .collect()
}

pub(super) fn log(node: &str, seconds: i64, origin: LogOrigin, lines: &[&str]) -> Event {
    told(
        seconds,
        BootstrapEvent::Log {
            node: node.into(),
            origin,
            lines: lines.iter().map(|line| (*line).into()).collect(),
        },
    )
}

pub(super) fn started() -> Vec<Event> {
    let followed = |name: &str, role| Followed {
        name: name.into(),
        role,
    };
    vec![
        stage(journey::Stage::Bootstrap),
        told(
            190,
            BootstrapEvent::Started {
                nodes: vec![
                    followed("k3s-ingress", Role::Ingress),
                    followed("k3s-server", Role::Server),
                    followed("k3s-worker", Role::Worker),
                ],
                delivers: true,
                hosts: vec!["docs.example.com".into(), "argocd.example.com".into()],
            },
        ),
    ]
}

const BEFORE: [(Stage, i64); 4] = [
    (Stage::Instance, 188),
    (Stage::Console, 150),
    (Stage::HostKeys, 141),
    (Stage::Login, 128),
];

/// The ingress node's NAT is slow; the private nodes wait for their way out.
pub(super) fn waiting() -> Vec<Event> {
    let mut events = started();
    for node in ["k3s-ingress", "k3s-server", "k3s-worker"] {
        events.extend(passed(node, &BEFORE, 120));
        events.extend(passed(node, &[(Stage::Firewall, 118)], 98));
        events.push(log(
            node,
            117,
            LogOrigin::CloudInit,
            &[
                "Cloud-init v. 25.2 running 'modules:final'",
                "warning: the package cache is 41 days old",
            ],
        ));
    }
    events.push(set(
        24,
        "k3s-ingress",
        Stage::Nat,
        running("iptables to be free"),
    ));
    for node in ["k3s-server", "k3s-worker"] {
        events.push(set(
            97,
            node,
            Stage::Route,
            running("route to 1.1.1.1:443 through 10.0.1.10"),
        ));
        events.push(log(
            node,
            40,
            LogOrigin::Script,
            &[
                "route: connect to 1.1.1.1 port 443 failed: no route to host, again in 5 s",
                "route: connect to 1.1.1.1 port 443 failed: no route to host, again in 10 s",
            ],
        ));
    }
    events
}

/// The server's download has failed.
pub(super) fn failed() -> Vec<Event> {
    let mut events = waiting();
    events.push(set(20, "k3s-ingress", Stage::Nat, Progress::Done));
    events.push(set(18, "k3s-server", Stage::Route, Progress::Done));
    events.push(set(17, "k3s-server", Stage::Download, running("")));
    events.push(set(
        6,
        "k3s-server",
        Stage::Download,
        Progress::Failed {
            problem: Problem {
                title: "k3s-server: the K3s download failed".into(),
                detail: "sha256sum --check ended with 1\nk3s-arm64: FAILED\nsha256sum: WARNING: 1 computed checksum did NOT match".into(),
                next: "Compare `k3s.version` in cluster.toml with the release page, then press r".into(),
                request_id: None,
            },
        },
    ));
    events
}

/// All nodes are Ready; the applications converge, one host answers.
pub(super) fn converging() -> Vec<Event> {
    let mut events = waiting();
    for node in ["k3s-ingress", "k3s-server", "k3s-worker"] {
        events.push(set(70, node, Stage::CloudInit, Progress::Done));
        events.push(set(66, node, Stage::Ready, Progress::Done));
    }
    events.extend(passed(
        "",
        &[(Stage::Api, 64), (Stage::ArgoCd, 60), (Stage::Root, 44)],
        40,
    ));
    events.extend([
        set(
            40,
            "",
            Stage::Applications,
            running("cert-manager, docs-app"),
        ),
        told(
            8,
            BootstrapEvent::Host {
                host: "docs.example.com".into(),
                well: false,
                answer: "connection refused".into(),
            },
        ),
        told(
            7,
            BootstrapEvent::Host {
                host: "argocd.example.com".into(),
                well: true,
                answer: "200 in 41 ms".into(),
            },
        ),
    ]);
    events
}

pub(super) fn healthy() -> Vec<Event> {
    let mut events = converging();
    for stage in [Stage::Applications, Stage::Certificates, Stage::Hosts] {
        events.push(set(5, "", stage, Progress::Done));
    }
    events.extend([
        told(
            5,
            BootstrapEvent::Host {
                host: "docs.example.com".into(),
                well: true,
                answer: "200 in 38 ms".into(),
            },
        ),
        told(4, BootstrapEvent::Finished { healthy: true }),
    ]);
    events
}

//! Three nodes coming up, as events with their times.

use k3scope::domain::application::{AppResource, Application, Health, Operation, Phase, Sync};
use k3scope::domain::bootstrap::{
    BootstrapEvent, Cause, Diagnosis, Followed, LogOrigin, NodeAct, Outcome, Progress, Remedy,
    Stage, Subject, Usual,
};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::journey;
use k3scope::domain::object::ObjectRef;
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
            took: None,
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
    started_with(Usual::default())
}

fn started_with(usual: Usual) -> Vec<Event> {
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
                places: false,
                usual,
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
    waiting_after(started())
}

fn waiting_after(mut events: Vec<Event>) -> Vec<Event> {
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

/// The same, and nobody follows any more.
pub(super) fn ended() -> Vec<Event> {
    let mut events = failed();
    events.push(told(2, BootstrapEvent::Finished { healthy: false }));
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

fn diagnosed(seconds: i64, node: &str, stage: Stage, diagnosis: Diagnosis) -> Event {
    let of = if node.is_empty() {
        Subject::Cluster
    } else {
        Subject::Node(node.into())
    };
    let diagnosis = Some(diagnosis);
    told(
        seconds,
        BootstrapEvent::Diagnosed {
            of,
            stage,
            diagnosis,
        },
    )
}

fn nat_again() -> NodeAct {
    NodeAct::RunAgain {
        node: "k3s-ingress".into(),
        from: Some(Stage::Nat),
    }
}

/// The ingress node forwards and does not masquerade; five earlier runs say that this is no wait.
pub(super) fn diagnosed_wait() -> Vec<Event> {
    let mut usual = Usual::default();
    for seconds in [12, 14, 15, 16, 40] {
        usual.learn(Stage::Route, seconds);
    }
    let mut events = waiting_after(started_with(usual));
    events.push(set(80, "k3s-ingress", Stage::Nat, Progress::Done));
    events.push(set(
        78,
        "k3s-ingress",
        Stage::ApiServer,
        running("k3s-server:6443"),
    ));
    for node in ["k3s-server", "k3s-worker"] {
        let diagnosis = Diagnosis {
            cause: Cause::NoMasquerade,
            meaning: format!("k3s-ingress does not masquerade what {node} sends to the outside")
                .into(),
            evidence: vec![
                "k3s-ingress: iptables -t nat has no MASQUERADE in POSTROUTING".into(),
                "k3s-ingress: net.ipv4.ip_forward = 1".into(),
            ],
            next: "Run the NAT stage of k3s-ingress again.".into(),
            remedy: Remedy::Act(nat_again()),
        };
        events.push(diagnosed(9, node, Stage::Route, diagnosis));
    }
    events
}

/// The server's download has failed for a reason that only a person can mend.
pub(super) fn diagnosed_failure() -> Vec<Event> {
    let mut events = failed();
    let diagnosis = Diagnosis {
        cause: Cause::WrongChecksum,
        meaning: "k3s-server downloaded something else than K3s v1.36.1+k3s1".into(),
        evidence: vec!["sha256sum: k3s-arm64: FAILED".into()],
        next: "Compare `k3s.version` in cluster.toml with the release page.".into(),
        remedy: Remedy::Person,
    };
    events.push(diagnosed(5, "k3s-server", Stage::Download, diagnosis));
    events
}

/// Pods of two nodes do not reach each other, which a plan would mend.
pub(super) fn diagnosed_cluster() -> Vec<Event> {
    let mut events = converging();
    let diagnosis = Diagnosis {
        cause: Cause::VxlanBlocked,
        meaning:
            "pods of k3s-ingress and k3s-worker do not reach each other: UDP 8472 does not pass"
                .into(),
        evidence: vec![
            "ping from k3s-ingress to 10.42.2.1: no answer".into(),
            "security list private: nothing lets 10.0.1.0/24 in by UDP 8472".into(),
        ],
        next: "Let k3scope apply restore the security list.".into(),
        remedy: Remedy::Apply,
    };
    events.push(diagnosed(5, "", Stage::Applications, diagnosis));
    events
}

fn acted(seconds: i64, act: NodeAct, outcome: Outcome) -> Event {
    told(seconds, BootstrapEvent::Acted { act, outcome })
}

/// One act is under way, one was done, one could not be.
pub(super) fn acting() -> Vec<Event> {
    let mut events = diagnosed_wait();
    events.extend([
        acted(4, nat_again(), Outcome::Begun),
        acted(
            20,
            NodeAct::SaveLog {
                node: "k3s-server".into(),
            },
            Outcome::Done {
                said: "saved to .k3scope/logs/k3s-server-20261122-140300.log".into(),
            },
        ),
        acted(
            90,
            NodeAct::Rejoin {
                node: "k3s-worker".into(),
            },
            Outcome::Failed {
                problem: Problem {
                    title: "k3s-worker: another run is under way".into(),
                    detail: String::new(),
                    next: "Wait for its end.".into(),
                    request_id: None,
                },
            },
        ),
    ]);
    events
}

/// One node has rebooted, one is seen by its console only, SSH to the third was lost.
pub(super) fn seen_badly() -> Vec<Event> {
    let mut events = started();
    events.extend(passed("k3s-ingress", &BEFORE, 120));
    let worker = [
        (Stage::Instance, 188),
        (Stage::Console, 150),
        (Stage::HostKeys, 141),
    ];
    events.extend(passed("k3s-server", &worker, 128));
    events.extend(passed("k3s-worker", &BEFORE, 120));
    for node in ["k3s-ingress", "k3s-server", "k3s-worker"] {
        events.extend(passed(node, &[(Stage::Firewall, 118)], 98));
    }
    events.extend([
        told(
            90,
            BootstrapEvent::Rebooted {
                node: "k3s-ingress".into(),
            },
        ),
        set(
            127,
            "k3s-server",
            Stage::Login,
            running("connection refused by 10.0.2.10:22"),
        ),
        set(
            35,
            "k3s-worker",
            Stage::Login,
            running("10.0.2.11:22 does not answer"),
        ),
        set(60, "k3s-ingress", Stage::Nat, running("")),
    ]);
    events
}

fn application(name: &str, wave: i32, health: Health) -> Application {
    Application {
        id: ObjectRef::new("argocd", name),
        wave,
        sync: Sync::Synced,
        health,
        ..Application::default()
    }
}

/// Argo CD is at its third wave and says what it waits for.
pub(super) fn in_waves() -> Vec<Event> {
    const CHILDREN: [(&str, i32); 9] = [
        ("gateway-api-crds", 0),
        ("cert-manager", 0),
        ("external-secrets", 0),
        ("managed-secrets", 1),
        ("external-dns", 1),
        ("envoy-gateway", 2),
        ("argocd-self-managed", 3),
        ("argocd-ingress", 3),
        ("docs-app", 4),
    ];
    let mut root = application("root", 0, Health::Progressing);
    root.operation = Some(Operation {
        phase: Phase::Running,
        message: "waiting for healthy state of argoproj.io/Application/envoy-gateway".into(),
        ..Operation::default()
    });
    root.resources = CHILDREN
        .iter()
        .map(|(name, wave)| AppResource {
            group: "argoproj.io".into(),
            kind: "Application".into(),
            id: ObjectRef::new("argocd", *name),
            wave: *wave,
            ..AppResource::default()
        })
        .collect();
    let made = CHILDREN.iter().filter(|(_, wave)| *wave < 3);
    let made = made.map(|(name, wave)| {
        let health = if *wave == 2 {
            Health::Progressing
        } else {
            Health::Healthy
        };
        application(name, *wave, health)
    });
    let mut events = converging();
    events.push(super::steps::ago(12, What::Application(Change::Relisting)));
    events.extend(
        std::iter::once(root)
            .chain(made)
            .map(|it| super::steps::ago(12, What::Application(Change::Applied(Box::new(it))))),
    );
    events.push(super::steps::ago(12, What::Application(Change::Relisted)));
    events
}

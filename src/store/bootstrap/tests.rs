//! Events and tables in, stages out.

use jiff::Timestamp;
use proptest::prelude::*;

use crate::domain::application::{AppResource, Application, Health, Sync};
use crate::domain::bootstrap::{
    BootstrapEvent, Followed, LogOrigin, Progress, Stage, Subject, Usual,
};
use crate::domain::certificate::Certificate;
use crate::domain::event::{Change, ClusterInfo, Event, What};
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::object::{Condition, ObjectRef, Truth};
use crate::domain::pod::{Container, Pod};
use crate::domain::problem::Problem;
use crate::domain::record::PublishedRecord;
use crate::domain::topology::Role;
use crate::store::{Store, fold};

use super::Bootstrap;

const NODES: [(&str, Role); 3] = [
    ("k3s-ingress", Role::Ingress),
    ("k3s-server", Role::Server),
    ("k3s-worker", Role::Worker),
];

fn tell(store: &mut Store, what: What) {
    let at = Timestamp::UNIX_EPOCH;
    fold(store, Event { at, what });
}

fn begun() -> Store {
    begun_with(true, vec!["docs.example.com".into()])
}

fn begun_with(delivers: bool, hosts: Vec<Line>) -> Store {
    let mut store = Store::default();
    let followed = |(name, role): (&str, Role)| Followed {
        name: name.into(),
        role,
    };
    tell(
        &mut store,
        What::Bootstrap(BootstrapEvent::Started {
            nodes: NODES.into_iter().map(followed).collect(),
            delivers,
            hosts,
            places: false,
            usual: Usual::default(),
        }),
    );
    store
}

fn stage(node: &str, stage: Stage, progress: Progress) -> What {
    let of = if node.is_empty() {
        Subject::Cluster
    } else {
        Subject::Node(node.into())
    };
    What::Bootstrap(BootstrapEvent::Stage {
        of,
        stage,
        progress,
        took: None,
    })
}

fn waits(what: &str) -> Progress {
    Progress::Running {
        waits_for: what.into(),
    }
}

fn known(store: &Store) -> &Bootstrap {
    store.bootstrap.as_ref().unwrap()
}

fn progress<'a>(store: &'a Store, node: &str, stage: Stage) -> &'a Progress {
    let bootstrap = known(store);
    let stages = bootstrap
        .node(node)
        .map_or(&bootstrap.cluster, |node| &node.stages);
    &stages
        .iter()
        .find(|each| each.stage == stage)
        .unwrap()
        .progress
}

fn ready() -> Vec<Condition> {
    vec![Condition {
        kind: "Ready".into(),
        status: Truth::True,
        ..Condition::default()
    }]
}

/// What a healthy cluster shows, table by table.
fn healthy_tables() -> Vec<What> {
    let node = |(name, _): (&str, Role)| {
        What::Node(Change::Applied(Box::new(Node {
            id: ObjectRef::cluster(name),
            conditions: ready(),
            ..Node::default()
        })))
    };
    let pod = |name: &str| {
        What::Pod(Change::Applied(Box::new(Pod {
            id: ObjectRef::new("argocd", name),
            status: "Running".into(),
            ready: 1,
            containers: vec![Container::default()],
            ..Pod::default()
        })))
    };
    let application = |name: &str, children: &[&str]| Application {
        id: ObjectRef::new("argocd", name),
        sync: Sync::Synced,
        health: Health::Healthy,
        parent: (name != "root").then(|| "root".into()),
        resources: children
            .iter()
            .map(|child| AppResource {
                group: "argoproj.io".into(),
                kind: "Application".into(),
                id: ObjectRef::new("argocd", *child),
                ..AppResource::default()
            })
            .collect(),
        ..Application::default()
    };
    let mut told: Vec<What> = vec![What::Cluster(ClusterInfo::default())];
    told.push(What::Node(Change::Relisting));
    told.extend(NODES.map(node));
    told.push(What::Node(Change::Relisted));
    told.push(What::Pod(Change::Relisting));
    told.extend(
        [
            "argocd-application-controller-0",
            "argocd-repo-server-a",
            "argocd-server-b",
        ]
        .map(pod),
    );
    told.push(What::Pod(Change::Relisted));
    told.push(What::Application(Change::Relisting));
    told.push(What::Application(Change::Applied(Box::new(application(
        "root",
        &["docs-app"],
    )))));
    told.push(What::Application(Change::Applied(Box::new(application(
        "docs-app",
        &[],
    )))));
    told.push(What::Application(Change::Relisted));
    told.push(What::Certificate(Change::Relisting));
    told.push(What::Certificate(Change::Applied(Box::new(Certificate {
        id: ObjectRef::new("docs", "docs-tls"),
        dns_names: vec!["docs.example.com".into()],
        conditions: ready(),
        ..Certificate::default()
    }))));
    told.push(What::Certificate(Change::Relisted));
    told.push(stage("", Stage::Records, Progress::Done));
    told.push(What::Bootstrap(BootstrapEvent::Host {
        host: "docs.example.com".into(),
        well: true,
        answer: "200 over verified TLS".into(),
    }));
    told
}

#[test]
fn a_late_start_catches_up_from_what_the_cluster_shows() {
    let mut store = begun();
    assert!(!known(&store).healthy());
    for what in healthy_tables() {
        tell(&mut store, what);
    }
    assert!(known(&store).healthy(), "{:?}", known(&store).waiting_for());
    assert_eq!(known(&store).waiting_for(), None);
    for (name, role) in NODES {
        for each in Stage::of_script(role) {
            assert_eq!(
                progress(&store, name, *each),
                &Progress::Done,
                "{name} {each}"
            );
        }
        assert_eq!(progress(&store, name, Stage::Login), &Progress::Waiting);
    }
}

#[test]
fn without_a_repository_the_way_ends_at_argo_cd() {
    for (delivers, healthy) in [(true, false), (false, true)] {
        let mut store = begun_with(delivers, Vec::new());
        for what in healthy_tables() {
            if !matches!(what, What::Application(_)) {
                tell(&mut store, what);
            }
        }
        let waits = known(&store).waiting_for();
        assert_eq!(known(&store).healthy(), healthy, "{delivers} {waits:?}");
    }
}

#[test]
fn each_missing_piece_keeps_it_from_being_healthy_and_is_named() {
    let mut store = begun();
    for what in healthy_tables() {
        tell(&mut store, what);
    }
    let degraded = Application {
        id: ObjectRef::new("argocd", "docs-app"),
        sync: Sync::Synced,
        health: Health::Degraded,
        parent: Some("root".into()),
        ..Application::default()
    };
    tell(
        &mut store,
        What::Application(Change::Applied(Box::new(degraded))),
    );
    assert!(!known(&store).healthy());
    let waits = known(&store).waiting_for().unwrap();
    assert!(waits.contains("docs-app: Degraded"), "{waits}");

    let mut store = begun();
    for what in healthy_tables() {
        tell(&mut store, what);
    }
    let lost = Node {
        id: ObjectRef::cluster("k3s-worker"),
        ..Node::default()
    };
    tell(&mut store, What::Node(Change::Applied(Box::new(lost))));
    let waits = known(&store).waiting_for().unwrap();
    assert!(waits.starts_with("k3s-worker: node Ready"), "{waits}");
}

#[test]
fn the_critical_path_names_who_waits_for_whom() {
    let mut store = begun();
    for (node, at, what) in [
        ("k3s-ingress", Stage::Nat, ""),
        (
            "k3s-server",
            Stage::Route,
            "route to 1.1.1.1:443 through 10.0.1.10",
        ),
        (
            "k3s-worker",
            Stage::Route,
            "route to 1.1.1.1:443 through 10.0.1.10",
        ),
    ] {
        tell(&mut store, stage(node, at, waits(what)));
    }
    assert_eq!(
        known(&store).waiting_for().unwrap(),
        "k3s-server: route out, waits for route to 1.1.1.1:443 through 10.0.1.10 ◂ k3s-ingress: NAT"
    );
    let worker = known(&store).node("k3s-worker").unwrap();
    let (blocker, of) = known(&store).blocker(worker).unwrap();
    assert_eq!(
        (blocker.node.name.as_str(), of),
        ("k3s-ingress", Stage::Nat)
    );
    tell(&mut store, stage("k3s-ingress", Stage::Nat, Progress::Done));
    let worker = known(&store).node("k3s-worker").unwrap();
    assert_eq!(known(&store).blocker(worker), None);
}

#[test]
fn a_failed_stage_is_told_with_whose_it_is() {
    let mut store = begun();
    let problem = Problem {
        title: "k3s-worker: K3s download failed".into(),
        detail: "curl: exit 22".into(),
        next: "run it again".into(),
        request_id: None,
    };
    let failed = Progress::Failed {
        problem: problem.clone(),
    };
    tell(&mut store, stage("k3s-worker", Stage::Download, failed));
    let failure = known(&store).failed().unwrap();
    assert_eq!(failure.of, Subject::Node("k3s-worker".into()));
    assert_eq!(
        (failure.stage, failure.problem),
        (Stage::Download, &problem)
    );
    tell(&mut store, stage("k3s-worker", Stage::Download, waits("")));
    assert_eq!(known(&store).failed(), None, "it was begun again");
    tell(&mut store, stage("k3s-worker", Stage::K3s, Progress::Done));
    assert_eq!(
        progress(&store, "k3s-worker", Stage::Download),
        &Progress::Done
    );
}

#[test]
fn logging_in_proves_the_boot_and_nothing_of_the_script() {
    let mut store = begun();
    tell(
        &mut store,
        stage("k3s-worker", Stage::Login, Progress::Done),
    );
    for done in [Stage::Instance, Stage::Console, Stage::HostKeys] {
        assert_eq!(progress(&store, "k3s-worker", done), &Progress::Done);
    }
    assert_eq!(
        progress(&store, "k3s-worker", Stage::Firewall),
        &Progress::Waiting
    );
}

#[test]
fn a_secret_that_is_not_placed_is_proved_by_nothing_that_follows() {
    let mut store = Store::default();
    let started = BootstrapEvent::Started {
        nodes: Vec::new(),
        delivers: true,
        hosts: vec!["docs.example.com".into()],
        places: true,
        usual: Usual::default(),
    };
    tell(&mut store, What::Bootstrap(started));
    for stage in [Stage::Records, Stage::Hosts] {
        let done = BootstrapEvent::Stage {
            of: Subject::Cluster,
            stage,
            progress: Progress::Done,
            took: None,
        };
        tell(&mut store, What::Bootstrap(done));
    }
    let cluster = &known(&store).cluster;
    let done = |stage| cluster.iter().any(|it| it.stage == stage && it.is_done());
    assert!(done(Stage::ArgoCd) && !done(Stage::Secrets));
}

#[test]
fn a_proxied_record_is_published_though_it_resolves_elsewhere() {
    let mut store = begun();
    let astray = waits("docs.example.com: 198.51.100.21, not 203.0.113.10");
    tell(&mut store, stage("", Stage::Records, astray));
    tell(&mut store, What::Record(Change::Relisting));
    tell(&mut store, What::Record(Change::Relisted));
    let missing = progress(&store, "", Stage::Records);
    assert_eq!(missing, &waits("the record of docs.example.com"));
    let record = PublishedRecord {
        id: ObjectRef::new("example.com", "1"),
        name: "docs.example.com".into(),
        kind: "A".into(),
        proxied: true,
        ..PublishedRecord::default()
    };
    tell(&mut store, What::Record(Change::Relisting));
    tell(&mut store, What::Record(Change::Applied(Box::new(record))));
    tell(&mut store, What::Record(Change::Relisted));
    assert_eq!(progress(&store, "", Stage::Records), &Progress::Done);
}

#[test]
fn a_log_is_bounded_and_counts_what_it_forgot() {
    let mut store = begun();
    for _ in 0..11 {
        let lines = vec!["x".into(); 1_000];
        let (node, origin) = ("k3s-worker".into(), LogOrigin::Script);
        tell(
            &mut store,
            What::Bootstrap(BootstrapEvent::Log {
                node,
                origin,
                lines,
            }),
        );
    }
    let worker = known(&store).node("k3s-worker").unwrap();
    assert_eq!((worker.log.len(), worker.read), (5_000, 11_000));
}

#[test]
fn a_length_stays_for_as_long_as_its_stage_is_done() {
    let mut store = begun();
    let told = |progress: Progress, took| {
        What::Bootstrap(BootstrapEvent::Stage {
            of: Subject::Node("k3s-worker".into()),
            stage: Stage::Route,
            progress,
            took,
        })
    };
    let took = |store: &Store| {
        let worker = known(store).node("k3s-worker").unwrap();
        worker.stage(Stage::Route).unwrap().took
    };
    tell(&mut store, told(Progress::Done, Some(41)));
    tell(&mut store, told(Progress::Done, None));
    assert_eq!(took(&store), Some(41));
    tell(&mut store, told(waits("10.0.1.10"), None));
    assert_eq!(took(&store), None);
}

#[test]
fn a_node_that_is_still_called_ready_does_not_hide_that_k3s_died_or_is_begun_anew() {
    let mut store = begun();
    for what in healthy_tables() {
        tell(&mut store, what);
    }
    let problem = || Problem {
        title: "k3s-worker: K3s failed".into(),
        detail: String::new(),
        next: String::new(),
        request_id: None,
    };
    let failed = || Progress::Failed { problem: problem() };
    tell(&mut store, stage("k3s-worker", Stage::K3s, failed()));
    tell(
        &mut store,
        What::Bootstrap(BootstrapEvent::Rebooted {
            node: "k3s-worker".into(),
        }),
    );
    assert_eq!(progress(&store, "k3s-worker", Stage::K3s), &failed());
    tell(
        &mut store,
        stage("k3s-worker", Stage::K3s, Progress::Waiting),
    );
    tell(&mut store, stage("k3s-worker", Stage::Route, failed()));
    tell(&mut store, stage("k3s-worker", Stage::Firewall, waits("")));
    assert_eq!(
        progress(&store, "k3s-worker", Stage::K3s),
        &Progress::Waiting
    );
    assert_eq!(progress(&store, "k3s-worker", Stage::Firewall), &waits(""));
    assert_eq!(
        progress(&store, "k3s-worker", Stage::Route),
        &Progress::Done,
        "a node that stays Ready has got over it"
    );
    assert_eq!(known(&store).node("k3s-worker").unwrap().reboots, 1);
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_what_is_done_gives_the_same_end(
        told in Just(
            NODES
                .into_iter()
                .flat_map(|(name, role)| Stage::of_node(role).into_iter().map(move |it| (name, it)))
                .collect::<Vec<_>>(),
        )
        .prop_shuffle(),
        times in 1_usize..3,
    ) {
        let mut store = begun();
        for _ in 0..times {
            for (node, at) in &told {
                tell(&mut store, stage(node, *at, Progress::Done));
            }
        }
        for run in &known(&store).nodes {
            prop_assert!(run.stages.iter().all(super::StageRun::is_done));
        }
    }

    #[test]
    fn tables_may_come_in_any_order(order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let tables = healthy_tables();
        let kinds: [fn(&What) -> bool; 6] = [
            |it| matches!(it, What::Cluster(_)),
            |it| matches!(it, What::Node(_)),
            |it| matches!(it, What::Pod(_)),
            |it| matches!(it, What::Application(_)),
            |it| matches!(it, What::Certificate(_)),
            |it| matches!(it, What::Bootstrap(_)),
        ];
        let mut store = begun();
        for kind in order {
            for what in tables.iter().filter(|it| kinds[kind](it)) {
                tell(&mut store, what.clone());
            }
        }
        prop_assert!(known(&store).healthy());
    }
}

//! Who waits for whom, how long it takes, and how nodes are seen, from what was told.

use jiff::Timestamp;
use rstest::rstest;

use crate::domain::bootstrap::{BootstrapEvent, Followed, Progress, Stage, Subject, Usual};
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::domain::topology::Role;
use crate::store::bootstrap::{Bootstrap, Sight};
use crate::store::{Store, fold};

const NODES: [(&str, Role); 3] = [
    ("k3s-ingress", Role::Ingress),
    ("k3s-server", Role::Server),
    ("k3s-worker", Role::Worker),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn tell(store: &mut Store, second: i64, event: BootstrapEvent) {
    let what = What::Bootstrap(event);
    let at = at(second);
    fold(store, Event { at, what });
}

/// Every stage usually takes ten seconds.
fn begun() -> Store {
    let followed = |(name, role): (&str, Role)| Followed {
        name: name.into(),
        role,
    };
    let mut usual = Usual::default();
    let nodes = NODES.iter().flat_map(|(_, role)| Stage::of_node(*role));
    let cluster = [Stage::Api, Stage::ArgoCd, Stage::Root, Stage::Applications];
    for stage in nodes.chain(cluster) {
        usual.learn(stage, 10);
    }
    let mut store = Store::default();
    let event = BootstrapEvent::Started {
        nodes: NODES.into_iter().map(followed).collect(),
        delivers: true,
        hosts: Vec::new(),
        places: false,
        usual,
    };
    tell(&mut store, 0, event);
    store
}

fn set(store: &mut Store, second: i64, node: &str, stage: Stage, progress: Progress) {
    let of = match node {
        "" => Subject::Cluster,
        name => Subject::Node(name.into()),
    };
    let event = BootstrapEvent::Stage {
        of,
        stage,
        progress,
        took: None,
    };
    tell(store, second, event);
}

fn runs(waits_for: &str) -> Progress {
    Progress::Running {
        waits_for: waits_for.into(),
    }
}

fn known(store: &Store) -> &Bootstrap {
    store.bootstrap.as_ref().unwrap()
}

fn path(store: &Store) -> Vec<(&str, Stage, bool)> {
    let links = known(store).critical_path();
    links
        .into_iter()
        .map(|link| (link.who(), link.stage.stage, link.held))
        .collect()
}

/// All nodes have their firewall; NAT is under way, the private ones look for their way out.
fn at_nat() -> Store {
    let mut store = begun();
    for (name, _) in NODES {
        set(&mut store, 100, name, Stage::Firewall, Progress::Done);
    }
    set(&mut store, 100, "k3s-ingress", Stage::Nat, runs(""));
    for name in ["k3s-server", "k3s-worker"] {
        set(
            &mut store,
            100,
            name,
            Stage::Route,
            runs("route to 1.1.1.1:443"),
        );
    }
    store
}

#[test]
fn the_path_goes_from_the_cause_to_the_cluster() {
    let store = at_nat();
    assert_eq!(
        path(&store),
        [
            ("k3s-ingress", Stage::Nat, false),
            ("k3s-server", Stage::Route, true),
            ("cluster", Stage::Api, true),
        ]
    );
    let waits: Vec<(&str, &str, Stage)> = known(&store)
        .cross_waits()
        .map(|wait| (&*wait.node.node.name, &*wait.on.node.name, wait.until))
        .collect();
    assert_eq!(
        waits,
        [
            ("k3s-server", "k3s-ingress", Stage::Nat),
            ("k3s-worker", "k3s-ingress", Stage::Nat),
        ]
    );
}

#[test]
fn once_the_api_answers_the_path_leads_over_the_nodes_that_are_behind() {
    let mut store = at_nat();
    for stage in [Stage::Nat, Stage::Ready] {
        set(&mut store, 110, "k3s-ingress", stage, Progress::Done);
    }
    set(&mut store, 130, "k3s-server", Stage::K3s, Progress::Done);
    set(&mut store, 131, "", Stage::Api, Progress::Done);
    set(&mut store, 131, "k3s-worker", Stage::Route, Progress::Done);
    set(
        &mut store,
        132,
        "k3s-worker",
        Stage::ApiServer,
        runs("10.0.2.10:6443"),
    );
    set(&mut store, 133, "k3s-server", Stage::Ready, Progress::Done);
    assert_eq!(
        path(&store),
        [
            ("k3s-worker", Stage::ApiServer, false),
            ("cluster", Stage::ArgoCd, true),
        ]
    );
}

#[test]
fn nothing_is_waited_for_when_all_is_done() {
    let mut store = at_nat();
    for (name, _) in NODES {
        set(&mut store, 110, name, Stage::Ready, Progress::Done);
    }
    for stage in [Stage::Api, Stage::ArgoCd, Stage::Root, Stage::Applications] {
        set(&mut store, 120, "", stage, Progress::Done);
    }
    assert_eq!(path(&store), []);
    assert_eq!(known(&store).rest(at(121)), None);
}

/// NAT 10; then on the server download, manifests, K3s 30; then API, Argo CD, root, applications 40.
/// The worker has download, K3s, Ready after the server's K3s: that is over sooner.
#[rstest]
#[case(100, 80)]
#[case(104, 76)]
#[case(115, 70)]
fn the_rest_counts_what_waits_for_each_other_once(#[case] now: i64, #[case] rest: u64) {
    assert_eq!(known(&at_nat()).rest(at(now)), Some(rest));
}

#[test]
fn nobody_knows_the_rest_of_what_is_stuck_or_failed() {
    let mut store = at_nat();
    assert_eq!(known(&store).rest(at(131)), None, "three times the usual");
    let problem = Problem {
        title: "k3s-ingress: NAT failed".into(),
        detail: String::new(),
        next: String::new(),
        request_id: None,
    };
    let failed = Progress::Failed { problem };
    set(&mut store, 105, "k3s-ingress", Stage::Nat, failed);
    assert_eq!(known(&store).rest(at(106)), None);
}

#[test]
fn a_node_is_seen_by_its_console_only_until_ssh_lets_us_in() {
    let mut store = begun();
    let sight = |store: &Store| known(store).node("k3s-worker").unwrap().sight();
    assert_eq!(sight(&store), Sight::NotYet);
    set(
        &mut store,
        10,
        "k3s-worker",
        Stage::Login,
        runs("SSH: refused"),
    );
    assert_eq!(sight(&store), Sight::NotYet);
    set(&mut store, 20, "k3s-worker", Stage::Firewall, runs(""));
    assert_eq!(sight(&store), Sight::ConsoleOnly);
    set(&mut store, 30, "k3s-worker", Stage::Login, Progress::Done);
    assert_eq!(sight(&store), Sight::Ssh);
    set(&mut store, 40, "k3s-worker", Stage::Login, runs("SSH: cut"));
    set(
        &mut store,
        50,
        "k3s-worker",
        Stage::Login,
        runs("SSH: refused"),
    );
    assert_eq!(sight(&store), Sight::Lost { since: at(40) });
    set(&mut store, 60, "k3s-worker", Stage::Login, Progress::Done);
    assert_eq!(sight(&store), Sight::Ssh);
    set(
        &mut store,
        70,
        "k3s-worker",
        Stage::Login,
        Progress::Waiting,
    );
    set(&mut store, 71, "k3s-worker", Stage::Login, runs(""));
    assert_eq!(
        sight(&store),
        Sight::ConsoleOnly,
        "another machine begins anew"
    );
}

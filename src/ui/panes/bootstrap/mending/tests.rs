//! Which act one key means.

use jiff::Timestamp;

use super::*;
use crate::domain::bootstrap::{BootstrapEvent, Cause, Followed, Stage, Subject, Usual};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::topology::Role as NodeRole;
use crate::store::{Store, fold};

fn tell(store: &mut Store, event: BootstrapEvent) {
    let at = Timestamp::UNIX_EPOCH;
    let what = What::Bootstrap(event);
    fold(store, Event { at, what });
}

fn begun() -> Store {
    let followed = |(name, role): (&str, NodeRole)| Followed {
        name: name.into(),
        role,
    };
    let nodes = [
        ("k3s-server", NodeRole::Server),
        ("k3s-worker", NodeRole::Worker),
    ];
    let mut store = Store::default();
    let event = BootstrapEvent::Started {
        nodes: nodes.into_iter().map(followed).collect(),
        delivers: true,
        hosts: Vec::new(),
        places: false,
        usual: Usual::default(),
    };
    tell(&mut store, event);
    store
}

fn of(node: &str) -> Subject {
    match node {
        "" => Subject::Cluster,
        name => Subject::Node(name.into()),
    }
}

fn fail(store: &mut Store, node: &str, stage: Stage) {
    let problem = Problem {
        title: format!("{node}: {stage} failed"),
        detail: String::new(),
        next: String::new(),
        request_id: None,
    };
    let progress = Progress::Failed { problem };
    let event = BootstrapEvent::Stage {
        of: of(node),
        stage,
        progress,
        took: None,
    };
    tell(store, event);
}

fn wait(store: &mut Store, node: &str, stage: Stage) {
    let progress = Progress::Running {
        waits_for: Line::default(),
    };
    let event = BootstrapEvent::Stage {
        of: of(node),
        stage,
        progress,
        took: None,
    };
    tell(store, event);
}

fn find(store: &mut Store, node: &str, stage: Stage, remedy: Remedy) {
    let diagnosis = Diagnosis {
        cause: Cause::WrongToken,
        meaning: "it is so".into(),
        evidence: vec!["seen".into()],
        next: "do that".into(),
        remedy,
    };
    let event = BootstrapEvent::Diagnosed {
        of: of(node),
        stage,
        diagnosis: Some(diagnosis),
    };
    tell(store, event);
}

/// What the key does with this node in focus.
fn does(store: &Store, focus: usize) -> Option<String> {
    let run = store.bootstrap.as_ref().unwrap();
    let told = meant(run, run.nodes.get(focus))?;
    Some(told.command().unwrap_or_else(|| told.does()))
}

#[test]
fn nothing_is_mended_where_nothing_is_wrong() {
    let mut store = begun();
    wait(&mut store, "k3s-worker", Stage::ApiServer);
    assert_eq!(does(&store, 0), None);
    assert_eq!(worst(store.bootstrap.as_ref().unwrap()), None);
}

#[test]
fn a_failed_stage_of_the_script_runs_again_from_there() {
    let mut store = begun();
    fail(&mut store, "k3s-worker", Stage::Download);
    let again = "k3scope ssh k3s-worker -- sudo k3scope-bootstrap --from download";
    assert_eq!(does(&store, 1).as_deref(), Some(again));
    assert_eq!(
        does(&store, 0).as_deref(),
        Some(again),
        "it is the only one"
    );
    assert_eq!(worst(store.bootstrap.as_ref().unwrap()), Some(1));
}

#[test]
fn the_node_in_focus_goes_before_others_and_a_failure_before_a_wait() {
    let mut store = begun();
    fail(&mut store, "k3s-server", Stage::K3s);
    wait(&mut store, "k3s-worker", Stage::ApiServer);
    let rejoin = NodeAct::Rejoin {
        node: "k3s-worker".into(),
    };
    find(
        &mut store,
        "k3s-worker",
        Stage::ApiServer,
        Remedy::Act(rejoin),
    );
    let at = |focus| does(&store, focus).unwrap();
    assert!(at(0).ends_with("k3s-server -- sudo k3scope-bootstrap --from k3s"));
    assert!(at(1).ends_with("k3s-worker -- sudo k3scope-bootstrap --rejoin"));
    assert_eq!(worst(store.bootstrap.as_ref().unwrap()), Some(0));
}

#[test]
fn what_was_found_goes_before_what_failed() {
    let mut store = begun();
    fail(&mut store, "k3s-worker", Stage::K3s);
    find(&mut store, "k3s-worker", Stage::K3s, Remedy::Apply);
    assert_eq!(does(&store, 1).as_deref(), Some("k3scope apply"));
    let run = store.bootstrap.as_ref().unwrap();
    let effect = meant(run, run.nodes.get(1)).unwrap().effect();
    assert_eq!(effect, Effect::Begin(Begin::Plan), "a plan asks by itself");
    find(&mut store, "k3s-worker", Stage::K3s, Remedy::Person);
    let again = does(&store, 1).unwrap();
    assert!(
        again.ends_with("--from k3s"),
        "once a person has mended it: {again}"
    );
}

#[test]
fn what_a_person_must_do_has_no_key_while_it_only_waits() {
    let mut store = begun();
    wait(&mut store, "k3s-worker", Stage::K3s);
    find(&mut store, "k3s-worker", Stage::K3s, Remedy::Person);
    assert_eq!(does(&store, 1), None);
}

#[test]
fn what_no_act_mends_is_looked_at_again() {
    let mut store = begun();
    fail(&mut store, "", Stage::Api);
    assert_eq!(
        does(&store, 0).as_deref(),
        Some("looks at everything again")
    );
    fail(&mut store, "k3s-worker", Stage::K3s);
    tell(&mut store, BootstrapEvent::Finished { healthy: false });
    assert_eq!(
        does(&store, 1).as_deref(),
        Some("looks at everything again"),
        "nobody is there who could do it"
    );
}

#[test]
fn a_question_says_why_and_what_was_seen() {
    let mut store = begun();
    wait(&mut store, "k3s-worker", Stage::K3s);
    let forget = NodeAct::Forget {
        node: "k3s-worker".into(),
    };
    find(
        &mut store,
        "k3s-worker",
        Stage::K3s,
        Remedy::Act(forget.clone()),
    );
    let run = store.bootstrap.as_ref().unwrap();
    let Effect::Confirm(asked) = meant(run, run.nodes.get(1)).unwrap().effect() else {
        panic!("nothing is asked");
    };
    let said = |name: &str| {
        let of_name = asked.says.iter().filter(|(each, _)| *each == *name);
        of_name.map(|(_, value)| &**value).collect::<Vec<_>>()
    };
    assert_eq!(
        (said("Because"), said("Seen")),
        (vec!["it is so"], vec!["seen"])
    );
    assert_eq!(asked.then, [Effect::Node(forget)]);
}

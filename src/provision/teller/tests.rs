//! A run in parts, as it is told.

use std::collections::BTreeSet;

use super::*;
use crate::domain::allowance::AllowanceCheck;
use crate::domain::plan::{Operation, ResourceKind};

fn step(key: &str, action: Action) -> Step {
    Step {
        key: ResourceKey::new(key),
        kind: ResourceKind::Instance,
        name: key.to_owned(),
        action,
        id: Some("ocid1".to_owned()).filter(|_| action == Action::Keep),
        needs: Vec::new(),
        summary: String::new(),
        drift: Vec::new(),
        estimate: None,
    }
}

/// A teller of a run that keeps `a` and makes `b` and `c`, what it tells, and where it writes.
fn teller() -> (Teller, Plan, mpsc::Receiver<Event>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        cluster: "k3s".to_owned(),
        operation: Operation::Apply,
        region: "eu-frankfurt-1".to_owned(),
        steps: vec![
            step("a", Action::Keep),
            step("b", Action::Create),
            step("c", Action::Create),
        ],
        allowance: AllowanceCheck::default(),
        image: None,
        spared: Vec::new(),
        records: Vec::new(),
        note: None,
    };
    let journal = Journal::begin(folder.path(), "k3s", Operation::Apply, at(0)).unwrap();
    let (events, told) = mpsc::channel(64);
    (Teller::of(&plan, journal, events), plan, told, folder)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn problem() -> Problem {
    Problem {
        title: "could not create b".to_owned(),
        detail: String::new(),
        next: String::new(),
        request_id: None,
    }
}

fn key(name: &str) -> ResourceKey {
    ResourceKey::new(name)
}

fn started(name: &str) -> ProvisionEvent {
    ProvisionEvent::StepStarted { key: key(name) }
}

fn finished(name: &str) -> ProvisionEvent {
    ProvisionEvent::StepFinished {
        key: key(name),
        id: "ocid1".to_owned(),
    }
}

fn failed(name: &str) -> ProvisionEvent {
    ProvisionEvent::StepFailed {
        key: key(name),
        problem: problem(),
    }
}

/// What was told, each event by its name and key.
fn heard(told: &mut mpsc::Receiver<Event>) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(event) = told.try_recv() {
        let told = serde_json::to_value(&event).unwrap();
        let words = ["type", "key"].map(|field| told[field].as_str().unwrap_or("").to_owned());
        all.push(words.join(" ").trim().to_owned());
    }
    all
}

#[tokio::test]
async fn parts_of_a_run_are_told_as_one() {
    let (mut teller, plan, mut told, _folder) = teller();
    teller.begin(&plan, at(1)).await;
    teller.begin(&plan, at(2)).await;
    for what in [
        started("b"),
        finished("b"),
        started("b"),
        started("x"),
        started("c"),
    ] {
        teller.say(what, at(3)).await;
    }
    teller.settle(at(4)).await;
    teller.end(Outcome::Done, at(5)).await;
    assert_eq!(
        heard(&mut told),
        [
            "started",
            "step_started a",
            "step_finished a",
            "step_started b",
            "step_finished b",
            "step_started c",
            "step_finished c",
            "finished",
        ]
    );
    assert_eq!(teller.done().len(), 3);
}

#[tokio::test]
async fn a_launch_that_failed_is_told_by_who_knows_what_it_means() {
    let (mut teller, _, mut told, _folder) = teller();
    teller.hold(BTreeSet::from([key("b")]));
    for what in [started("b"), failed("b"), failed("b")] {
        teller.say(what, at(1)).await;
    }
    let held = teller.let_go();
    assert_eq!(held.failed, BTreeMap::from([(key("b"), problem())]));
    assert!(!held.others);
    // It goes on: what was told of it before is over.
    for what in [started("b"), started("b")] {
        teller.say(what, at(2)).await;
    }
    assert_eq!(
        heard(&mut told),
        ["step_started b", "step_waiting b", "step_started b"]
    );

    teller.hold(BTreeSet::from([key("b")]));
    teller.say(failed("c"), at(3)).await;
    assert!(teller.let_go().others);
    assert_eq!(heard(&mut told), ["step_failed c"]);
}

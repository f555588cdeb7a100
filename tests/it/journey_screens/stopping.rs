//! A run that is asked to stop: what it waits for, the question before it is forced, and what that
//! left behind.

use k3scope::domain::event::Event;
use k3scope::domain::journey::Begin;
use k3scope::domain::plan::Counts;
use k3scope::domain::provision::{Lacking, Outcome, ProvisionEvent};
use k3scope::effect::Effect;
use rstest::rstest;

use super::steps;
use crate::cockpit::stage::{Stage, text};

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

fn stopping(can_force: bool) -> Vec<Event> {
    let mut events = steps::running();
    events.push(steps::told(10, ProvisionEvent::Stopping { can_force }));
    events
}

fn forced() -> Vec<Event> {
    let mut events = stopping(true);
    let left = ["node-k3s-server", "node-k3s-worker"].map(steps::key);
    let finished = ProvisionEvent::Finished {
        outcome: Outcome::Interrupted,
        done: Counts {
            create: 9,
            ..Counts::default()
        },
        undone: left.to_vec(),
    };
    let left = left.to_vec();
    events.push(steps::told(5, ProvisionEvent::Forced { left }));
    events.push(steps::told(4, finished));
    events
}

fn looked(found: &[&str]) -> Vec<Event> {
    let mut events = forced();
    let resources = found.iter().map(|name| Lacking {
        key: steps::key(name),
        id: format!("ocid1.instance.oc1.eu-frankfurt-1.{name}"),
    });
    let resources = resources.collect();
    events.push(steps::told(1, ProvisionEvent::StateLacks { resources }));
    events
}

fn state(name: &str) -> Vec<Event> {
    match name {
        "stopping" => stopping(true),
        "stopping_direct" => stopping(false),
        "forced" => forced(),
        "forced_lacking" => looked(&["node-k3s-server"]),
        "forced_in_vain" => looked(&[]),
        other => panic!("no state {other}"),
    }
}

#[rstest]
fn states(
    #[values(
        "stopping",
        "stopping_direct",
        "forced",
        "forced_lacking",
        "forced_in_vain"
    )]
    name: &str,
) {
    let mut stage = Stage::new(state(name));
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), shown);
    }
}

#[test]
fn the_question_says_what_may_leak() {
    let mut stage = Stage::new(stopping(true));
    stage.press("X");
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("question_{width}x{height}"), shown);
    }
    let shown = text(&stage.draw(140, 42));
    for said in [
        "k3s-server (1m02s)",
        "k3s-worker (1m01s)",
        "may come to exist without the",
        "`k3scope render --import`",
        "Type force to agree",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
}

#[rstest]
#[case::keys_that_are_in_the_fingers("X enter")]
#[case::yes("X y")]
#[case::twice("X X")]
#[case::part_of_it("X f o r enter")]
#[case::away("X f o r c e esc enter")]
fn nothing_is_forced_by_a_slip(#[case] keys: &str) {
    let mut stage = Stage::new(stopping(true));
    let effects = stage.pressed(keys);
    let begins = effects.iter().any(|it| matches!(it, Effect::Begin(_)));
    assert!(!begins, "{effects:?}");
}

#[test]
fn it_is_forced_once_that_is_typed() {
    let mut stage = Stage::new(stopping(true));
    let effects = stage.pressed("X f o r c e enter");
    assert_eq!(effects, [Effect::Begin(Begin::Force)]);
}

/// The embedded engine leaves nothing behind that it does not find again: there is nothing to choose.
#[rstest]
#[case::not_stopping(steps::running())]
#[case::by_the_embedded_engine(stopping(false))]
#[case::forced_already(forced())]
#[case::over(steps::interrupted())]
fn there_is_nothing_to_force(#[case] events: Vec<Event>) {
    let mut stage = Stage::new(events);
    assert_eq!(stage.pressed("X"), []);
    let shown = text(&stage.draw(100, 30));
    assert!(!shown.contains("Type force"), "{shown}");
    assert!(!shown.contains("X force"), "{shown}");
}

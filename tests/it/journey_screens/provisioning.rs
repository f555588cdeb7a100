//! The provision screen where it matters: drift, estimates, the hunt for a host, replacement,
//! destruction.

use k3scope::domain::event::Event;
use k3scope::domain::journey::Begin;
use k3scope::domain::plan::{ResourceKind, Step};
use k3scope::effect::Effect;
use k3scope::theme::{Depth, builtin};
use k3scope::ui::Cockpit;
use ratatui::style::Color;
use rstest::rstest;

use super::{drifted, hunting, steps};
use crate::cockpit::stage::{Stage, look, text};
use crate::cockpit::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

fn all(_: &Step) -> bool {
    true
}

fn state(name: &str) -> Vec<Event> {
    match name {
        "drift" => drifted::planned(),
        "estimated_plan" => {
            let allowance = k3scope::domain::allowance::Allowance::PAYG_2025;
            steps::planned(drifted::estimated(steps::plan(0, allowance), all))
        }
        "estimated" => drifted::with_estimates(steps::running(), all),
        "estimated_in_part" => {
            drifted::with_estimates(steps::early(), |step| step.kind != ResourceKind::Instance)
        }
        "replacing" => drifted::replacing(),
        "hunt_early" => hunting::early(),
        "hunt_late" => hunting::late(),
        "hunt_asking" => hunting::asking(),
        "hunt_phantom" => hunting::phantom(),
        "hunt_rate_limited" => hunting::rate_limited(),
        "hunt_found" => hunting::found(),
        "hunt_deadline" => hunting::deadline(),
        "hunt_stopped" => hunting::stopped(),
        "hunt_refused" => hunting::refused(),
        "destroying" => drifted::destroying(),
        "destroyed" => drifted::destroyed(),
        "long_names" => drifted::long_names(),
        other => panic!("no state {other}"),
    }
}

#[rstest]
fn states(
    #[values(
        "drift",
        "estimated_plan",
        "estimated",
        "estimated_in_part",
        "replacing",
        "hunt_early",
        "hunt_late",
        "hunt_asking",
        "hunt_phantom",
        "hunt_rate_limited",
        "hunt_found",
        "hunt_deadline",
        "hunt_stopped",
        "hunt_refused",
        "destroying",
        "destroyed",
        "long_names"
    )]
    name: &str,
) {
    let mut stage = Stage::new(state(name));
    for (width, height) in SIZES {
        let shown = stage.snapshot(width, height);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), shown);
    }
}

#[rstest]
#[case("drift_table", "drift", "j j j j j j j j enter", (80, 24))]
#[case("drift_listed", "drift", "j j j j j j j j j enter", (80, 24))]
#[case("drift_wide", "drift", "G k enter", (140, 40))]
#[case("replace", "drift", "R", (80, 24))]
#[case("replace_typed", "drift", "R k 3 s - s e r v e r", (80, 24))]
#[case("replace_mistyped", "drift", "R k 3 s - w", (80, 24))]
#[case("replace_smallest", "drift", "R", (60, 18))]
#[case("hunted_node", "hunt_late", "j j j j j j j j enter", (80, 24))]
#[case("hunt_scrolled", "hunt_late", "tab G", (80, 24))]
#[case("refused_node", "hunt_refused", "enter", (80, 24))]
fn after_keys(
    #[case] name: &str,
    #[case] from: &str,
    #[case] keys: &str,
    #[case] (width, height): (u16, u16),
) {
    let mut stage = Stage::new(state(from));
    stage.press(keys);
    let shown = text(&stage.draw(width, height));
    insta::assert_snapshot!(format!("keys_{name}"), shown);
}

fn applies(replace: &[&str]) -> Vec<Effect> {
    vec![Effect::Begin(Begin::Apply {
        allow_paid: false,
        replace: replace.iter().copied().map(steps::key).collect(),
    })]
}

const SERVER: &str = "k 3 s - s e r v e r enter";

#[test]
fn a_node_is_replaced_once_its_name_is_typed() {
    let mut stage = Stage::new(drifted::planned());
    assert_eq!(stage.pressed("R y"), []);
    assert_eq!(stage.pressed("esc a"), applies(&[]));
    let typed = format!("R {SERVER}");
    assert_eq!(stage.pressed(&typed), applies(&["node-k3s-server"]));
}

#[test]
fn the_question_says_that_the_datastore_is_lost() {
    let mut stage = Stage::new(drifted::planned());
    stage.press("R");
    let shown = text(&stage.draw(80, 24));
    for said in [
        "datastore",
        "Type k3s-server to agree",
        "VM.Standard.E2.1.Micro",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
}

/// What stands in a subnet cannot outlive it, and what could be meant is not guessed.
#[test]
fn what_goes_with_it_is_agreed_to_as_well() {
    let mut stage = Stage::new(drifted::two_to_replace());
    assert_eq!(stage.pressed("R"), [], "which of the two?");
    let shown = text(&stage.draw(80, 24));
    assert!(!shown.contains("Are you sure?"), "{shown}");
    stage.press("R");
    stage.cockpit.paste("private-subnet");
    let began = stage.pressed("enter");
    assert_eq!(
        began,
        applies(&["private-subnet", "node-k3s-server", "node-k3s-worker"])
    );
}

#[rstest]
#[case::nothing_differs(steps::planned(steps::plan(
    11,
    k3scope::domain::allowance::Allowance::PAYG_2025
)))]
#[case::under_way(drifted::replacing())]
fn there_is_nothing_to_replace(#[case] events: Vec<Event>) {
    let mut stage = Stage::new(events);
    assert_eq!(stage.pressed("R"), []);
    assert!(!text(&stage.draw(80, 24)).contains("Are you sure?"));
}

/// A run that goes on is told again of what was agreed to, unless it is done already.
#[rstest]
#[case::the_old_one_is_there(drifted::replacing_stopped(), &["node-k3s-server"])]
#[case::the_old_one_is_gone(drifted::replaced_by_nothing(), &[])]
fn a_replacement_goes_on(#[case] events: Vec<Event>, #[case] replace: &[&str]) {
    let mut stage = Stage::new(events);
    assert_eq!(stage.pressed("r"), applies(replace));
}

#[rstest]
#[case::hunting("hunt_late", "x", Some(Begin::Stop))]
#[case::given_up("hunt_deadline", "r", Some(Begin::Apply { allow_paid: true, replace: vec![] }))]
#[case::destroyed("destroyed", "a", None)]
#[case::destroying("destroying", "x", Some(Begin::Stop))]
fn a_key_begins(#[case] from: &str, #[case] keys: &str, #[case] begin: Option<Begin>) {
    let mut stage = Stage::new(state(from));
    let wanted: Vec<Effect> = begin.map(Effect::Begin).into_iter().collect();
    assert_eq!(stage.pressed(keys), wanted);
}

#[test]
fn a_failure_is_copied_with_its_request() {
    let mut stage = Stage::new(hunting::refused());
    let copied = stage.pressed("y");
    let [Effect::Copy { what, text }] = copied.as_slice() else {
        panic!("{copied:?}");
    };
    assert_eq!(what, "failure");
    for said in ["NotAuthorizedOrNotFound", "C10000064B6E9D0F", "policies"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

/// While a host is hunted the screen tells at a glance, however small: who lacks one, when the next
/// launch goes out, and where.
#[rstest]
fn a_hunt_tells_at_a_glance(#[values((60, 18), (80, 24), (142, 42))] (wide, high): (u16, u16)) {
    let mut stage = Stage::new(hunting::late());
    let shown = text(&stage.draw(wide, high));
    for said in [
        "No host yet for k3s-server, k3s-worker",
        "in 31s",
        "AD-3 FD-2",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
}

/// A countdown runs without anything being learnt.
#[test]
fn the_countdown_is_drawn_every_second() {
    let mut stage = Stage::new(hunting::late());
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
    let next = stage.cockpit.draw(&mut buffer, &stage.store, world::now());
    let within = world::now() + jiff::SignedDuration::from_millis(1_001);
    assert!(next.is_some_and(|next| next <= within), "{next:?}");
}

#[rstest]
fn no_size_is_too_small(
    #[values((1, 1), (60, 18), (61, 19), (80, 24), (109, 18), (110, 18), (300, 100))] size: (
        u16,
        u16,
    ),
    #[values(
        "drift",
        "estimated",
        "hunt_late",
        "hunt_asking",
        "hunt_deadline",
        "long_names"
    )]
    name: &str,
) {
    let mut stage = Stage::new(state(name));
    let keys = "R x esc j G enter pgdn esc tab pgdn enter G Y esc tab k R esc";
    for keys in keys.split(' ') {
        let key = keys.parse().unwrap();
        stage.cockpit.key(key, &stage.store, world::now());
        stage.draw(size.0, size.1);
    }
}

/// Without colours every answer still has its glyph, and nothing is coloured.
#[rstest]
#[case("drift", "✔▲~")]
#[case("hunt_rate_limited", "✖‖▸+-?")]
#[case("hunt_phantom", "✖▲▸")]
#[case("replacing", "✔⟳")]
fn no_colour_is_needed(#[case] name: &str, #[case] glyphs: &str) {
    let mut stage = Stage::new(state(name));
    let mut look = look();
    look.themes = vec![builtin("dark").unwrap().at(Depth::None)];
    stage.cockpit = Cockpit::new(look);
    let buffer = stage.draw(80, 24);
    let shown = text(&buffer);
    for glyph in glyphs.chars() {
        assert!(shown.contains(glyph), "{glyph}\n{shown}");
    }
    for cell in buffer.content() {
        assert!(
            matches!((cell.fg, cell.bg), (Color::Reset, Color::Reset)),
            "{:?} is coloured",
            cell.symbol()
        );
    }
}

//! Both panes in every state that they can be in, as text and style.

use k3scope::domain::allowance::{Allowance, Usage};
use k3scope::domain::bootstrap::LogOrigin;
use k3scope::domain::event::Event;
use k3scope::domain::journey::Stage as Journey;
use k3scope::domain::units::{Gigabytes, Ocpus};
use k3scope::theme::{Depth, builtin};
use k3scope::ui::Cockpit;
use ratatui::style::Color;
use rstest::rstest;

use super::{nodes, steps};
use crate::cockpit::stage::{Stage, look, text};
use crate::cockpit::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

fn state(name: &str) -> Vec<Event> {
    match name {
        "unplanned" => steps::unplanned(),
        "planned" => steps::planned(steps::plan(0, Allowance::PAYG_2025)),
        "planned_paid" => steps::planned(steps::plan(5, Allowance::ALWAYS_FREE)),
        "planned_beyond" => {
            let mut plan = steps::plan(0, Allowance::ALWAYS_FREE);
            plan.allowance.available = Some(Usage {
                ocpus: Ocpus(2),
                memory: Gigabytes(12),
                boot_volumes: Gigabytes(200),
            });
            steps::planned(plan)
        }
        "planned_nothing" => steps::planned(steps::plan(11, Allowance::ALWAYS_FREE)),
        "early" => steps::early(),
        "running" => steps::running(),
        "failed" => steps::failed(),
        "interrupted" => steps::interrupted(),
        "done" => steps::done(),
        "boot_none" => vec![steps::stage(Journey::Bootstrap)],
        "boot_started" => nodes::started(),
        "boot_waiting" => nodes::waiting(),
        "boot_failed" => nodes::failed(),
        "boot_converging" => nodes::converging(),
        "boot_healthy" => nodes::healthy(),
        "boot_diagnosed" => nodes::diagnosed_wait(),
        "boot_cluster" => nodes::diagnosed_cluster(),
        "boot_person" => nodes::diagnosed_failure(),
        "boot_acting" => nodes::acting(),
        "boot_seen_badly" => nodes::seen_badly(),
        "boot_waves" => nodes::in_waves(),
        other => panic!("no state {other}"),
    }
}

#[rstest]
fn states(
    #[values(
        "unplanned",
        "planned",
        "planned_paid",
        "planned_beyond",
        "planned_nothing",
        "early",
        "running",
        "failed",
        "interrupted",
        "done",
        "boot_none",
        "boot_started",
        "boot_waiting",
        "boot_failed",
        "boot_converging",
        "boot_healthy",
        "boot_diagnosed",
        "boot_person",
        "boot_cluster",
        "boot_acting",
        "boot_seen_badly",
        "boot_waves"
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
#[case("question", "planned_paid", "a")]
#[case("failed_step", "failed", "enter")]
#[case("step", "done", "j enter")]
#[case("second_node", "boot_waiting", "tab")]
#[case("beside_a_failed_node", "boot_failed", "tab")]
#[case("node", "boot_failed", "enter")]
#[case("node_diagnosed", "boot_diagnosed", "tab enter")]
#[case("node_person", "boot_person", "enter")]
#[case("node_acted", "boot_acting", "tab tab enter")]
#[case("node_seen_badly", "boot_seen_badly", "tab tab enter")]
#[case("node_of_a_bad_cluster", "boot_cluster", "enter")]
#[case("mending", "boot_diagnosed", "tab r")]
#[case("mending_again", "boot_failed", "r")]
#[case("filter", "boot_waiting", "tab & p o r t")]
#[case("filtered", "boot_waiting", "tab & a g a i n enter")]
#[case("search", "boot_waiting", "tab / p o r t")]
#[case("searched", "boot_waiting", "tab / p o r t enter n")]
#[case("not_found", "boot_waiting", "tab / x y z enter")]
#[case("without_times", "boot_waiting", "tab t")]
#[case("cut_lines", "boot_waiting", "tab w")]
fn after_keys(#[case] name: &str, #[case] from: &str, #[case] keys: &str) {
    let mut stage = Stage::new(state(from));
    stage.press(keys);
    insta::assert_snapshot!(format!("keys_{name}"), text(&stage.draw(80, 24)));
}

/// What is under way stays in sight where not all rows fit.
#[test]
fn the_smallest_screen_shows_what_is_under_way() {
    let mut stage = Stage::new(state("running"));
    let shown = text(&stage.draw(60, 18));
    insta::assert_snapshot!("running_60x18", shown);
    assert!(shown.contains("k3s-server") && shown.contains("k3s-worker"));
    for name in [
        "boot_failed",
        "boot_diagnosed",
        "boot_waves",
        "boot_seen_badly",
    ] {
        let mut stage = Stage::new(state(name));
        stage.press("tab");
        let shown = text(&stage.draw(60, 18));
        insta::assert_snapshot!(format!("{name}_60x18"), shown);
    }
}

#[rstest]
fn no_size_is_too_small(
    #[values((1, 1), (20, 5), (59, 18), (60, 18), (61, 19), (109, 18), (110, 18), (300, 100))]
    size: (u16, u16),
    #[values(
        "planned_paid",
        "running",
        "failed",
        "boot_started",
        "boot_failed",
        "boot_healthy",
        "boot_diagnosed",
        "boot_acting",
        "boot_seen_badly",
        "boot_waves"
    )]
    name: &str,
) {
    let mut stage = Stage::new(state(name));
    let keys =
        "a esc j G enter pgdn esc tab k / x enter n N w f t pgup g G f esc & x enter esc tab r";
    for keys in keys.split(' ') {
        stage
            .cockpit
            .key(keys.parse().unwrap(), &stage.store, world::now());
        stage.draw(size.0, size.1);
    }
}

/// Without colours every state still has its glyph, and nothing is coloured.
#[test]
fn no_colour_is_needed() {
    for (name, glyphs) in [
        ("failed", "✖✔◌"),
        ("boot_waiting", "▲✔◌"),
        ("boot_diagnosed", "‖▲✔▸→"),
        ("boot_person", "✖✔→"),
        ("boot_waves", "✔⟳‖"),
        ("boot_seen_badly", "↻"),
    ] {
        let mut stage = Stage::new(state(name));
        let mut look = look();
        look.themes = vec![builtin("dark").unwrap().at(Depth::None)];
        stage.cockpit = Cockpit::new(look);
        let buffer = stage.draw(100, 40);
        let shown = text(&buffer);
        for glyph in glyphs.chars().filter(|glyph| *glyph != '◌') {
            assert!(shown.contains(glyph), "{name}: {glyph}\n{shown}");
        }
        for cell in buffer.content() {
            assert!(
                matches!((cell.fg, cell.bg), (Color::Reset, Color::Reset)),
                "{name}: {:?} is coloured",
                cell.symbol()
            );
        }
    }
}

#[test]
fn hostile_log_lines_are_harmless() {
    let hostile = format!(
        "\u{1b}[2J\u{1b}]0;x\u{7}a\u{202e}b\u{200b}東京{}",
        "x".repeat(1 << 20)
    );
    let mut events = state("boot_waiting");
    events.push(nodes::log(
        "k3s-ingress",
        1,
        LogOrigin::Console,
        &[&hostile],
    ));
    let mut stage = Stage::new(events);
    for (width, height) in SIZES {
        let buffer = stage.draw(width, height);
        for cell in buffer.content() {
            let odd = |c: char| c.is_control() || "\u{202e}\u{200b}".contains(c);
            assert!(!cell.symbol().contains(odd), "{:?}", cell.symbol());
        }
    }
}

/// A second later a time on the screen reads differently, and not before.
#[test]
fn the_next_frame_is_due_within_a_second_while_something_runs() {
    let mut stage = Stage::new(state("boot_waiting"));
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
    let next = stage.cockpit.draw(&mut buffer, &stage.store, world::now());
    assert_eq!(next, Some("2026-11-22T14:03:21Z".parse().unwrap()));
    let mut stage = Stage::new(state("done"));
    let next = stage.cockpit.draw(&mut buffer, &stage.store, world::now());
    assert_eq!(
        next,
        Some("2026-11-22T14:04:00Z".parse().unwrap()),
        "only the clock"
    );
}

/// Sixteen colours show the same text, and nothing but those colours.
#[test]
fn sixteen_colours_are_enough() {
    for name in ["boot_diagnosed", "boot_failed", "boot_waves"] {
        let mut stage = Stage::new(state(name));
        let full = text(&stage.draw(140, 40));
        let mut look = look();
        look.themes = vec![builtin("dark").unwrap().at(Depth::Ansi16)];
        stage.cockpit = Cockpit::new(look);
        let buffer = stage.draw(140, 40);
        assert_eq!(text(&buffer), full, "{name}");
        for cell in buffer.content() {
            for colour in [cell.fg, cell.bg] {
                let deep = matches!(colour, Color::Rgb(..) | Color::Indexed(_));
                assert!(!deep, "{name}: {:?} in {colour:?}", cell.symbol());
            }
        }
    }
}

/// The key mends what was found, after a question; the effect is the diagnosis' own act.
#[test]
fn one_key_mends_what_was_found() {
    use k3scope::domain::bootstrap::{NodeAct, Stage as Boot};
    use k3scope::effect::Effect;

    let mut stage = Stage::new(state("boot_diagnosed"));
    stage.press("tab r");
    let done = stage
        .cockpit
        .key("y".parse().unwrap(), &stage.store, world::now());
    let act = NodeAct::RunAgain {
        node: "k3s-ingress".into(),
        from: Some(Boot::Nat),
    };
    assert_eq!(done, [Effect::Node(act)]);
}

/// A shell and a saved log change nothing, so nobody is asked.
#[test]
fn a_shell_opens_on_the_node_in_focus() {
    use k3scope::domain::bootstrap::NodeAct;
    use k3scope::effect::Effect;

    let mut stage = Stage::new(state("boot_waiting"));
    stage.press("tab tab");
    let node = "k3s-worker".into();
    let done = stage
        .cockpit
        .key("s".parse().unwrap(), &stage.store, world::now());
    assert_eq!(done, [Effect::Node(NodeAct::Shell { node })]);
}

/// A click takes the focus to a node, a second one opens it; the wheel scrolls its log.
#[test]
fn the_mouse_reaches_each_node() {
    use k3scope::ui::Pointer;
    use ratatui::layout::Position;

    let mut stage = Stage::new(state("boot_waiting"));
    stage.draw(140, 40);
    let at = Position::new(110, 20);
    let click = |stage: &mut Stage, pointer| {
        stage
            .cockpit
            .pointer(pointer, at, &stage.store, world::now());
        text(&stage.draw(140, 40))
    };
    let scrolled = click(&mut stage, Pointer::WheelUp);
    assert!(scrolled.contains("k3s-worker"), "{scrolled}");
    let opened = click(&mut stage, Pointer::Click);
    assert!(opened.contains("k3s-worker · worker"), "{opened}");
}

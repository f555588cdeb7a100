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
        "boot_healthy"
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
#[case("filter", "boot_waiting", "tab / p o r t")]
#[case("filtered", "boot_waiting", "tab / a g a i n enter")]
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
    let mut stage = Stage::new(state("boot_failed"));
    insta::assert_snapshot!("boot_failed_60x18", text(&stage.draw(60, 18)));
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
        "boot_healthy"
    )]
    name: &str,
) {
    let mut stage = Stage::new(state(name));
    for keys in "a esc j G enter pgdn esc tab k / x enter w f pgup g G f esc tab".split(' ') {
        stage
            .cockpit
            .key(keys.parse().unwrap(), &stage.store, world::now());
        stage.draw(size.0, size.1);
    }
}

/// Without colours every state still has its glyph, and nothing is coloured.
#[test]
fn no_colour_is_needed() {
    for (name, glyphs) in [("failed", "✖✔◌"), ("boot_waiting", "▲✔◌")] {
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

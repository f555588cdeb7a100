//! Every pane in every state that it can be in, as text and style.

use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::pod::Pod;
use k3scope::domain::source::SourceStatus;
use rstest::rstest;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

const PANES: [(&str, &str); 9] = [
    ("1", "bridge"),
    ("2", "apps"),
    ("3", "certs"),
    ("4", "dns"),
    ("5", "routes"),
    ("6", "nodes"),
    ("7", "pods"),
    ("8", "events"),
    ("9", "log"),
];

fn stale() -> SourceStatus {
    SourceStatus::Stale {
        since: "2026-11-22T14:01:00Z".parse().unwrap(),
        error: "connection refused".into(),
        retry_at: "2026-11-22T14:03:28Z".parse().unwrap(),
    }
}

fn state(name: &str) -> Vec<Event> {
    match name {
        "full" => world::cluster(false),
        "incident" => world::cluster(true),
        "stale" => [world::cluster(false), world::feeds(&stale())].concat(),
        "empty" => world::feeds(&SourceStatus::Live),
        "loading" => world::feeds(&SourceStatus::Connecting),
        "denied" => world::feeds(&SourceStatus::Denied {
            hint: "list pods at the cluster scope; ask for a role, or use -n NAMESPACE".into(),
        }),
        "absent" => world::feeds(&SourceStatus::NotInstalled {
            what: "cert-manager".into(),
        }),
        other => panic!("no state {other}"),
    }
}

#[rstest]
fn panes(
    #[values("full", "incident", "stale", "empty", "loading", "denied", "absent")] name: &str,
) {
    let mut stage = Stage::new(state(name));
    for (key, pane) in PANES {
        stage.press(key);
        for (width, height) in SIZES {
            let shown = stage.snapshot(width, height);
            insta::assert_snapshot!(format!("{pane}_{name}_{width}x{height}"), shown);
        }
    }
}

#[rstest]
#[case("apps", "2 G enter")]
#[case("certs", "3 G enter")]
#[case("dns", "4 j enter")]
#[case("routes", "5 enter")]
#[case("nodes", "6 enter")]
#[case("pods", "7 enter")]
fn pages(#[case] name: &str, #[case] keys: &str) {
    let mut stage = Stage::new(state("incident"));
    stage.press(keys);
    insta::assert_snapshot!(format!("page_{name}"), text(&stage.draw(100, 40)));
}

#[rstest]
#[case("help", "?")]
#[case("palette", ": d o c s")]
#[case("filter", "7 / a r g o")]
#[case("filter_wrong", "7 / c o l o r : r e d")]
#[case("filtered", "7 / ! a r g o enter")]
#[case("sequence", "z")]
#[case("other_theme", "z t")]
fn overlays(#[case] name: &str, #[case] keys: &str) {
    let mut stage = Stage::new(state("incident"));
    stage.press(keys);
    insta::assert_snapshot!(format!("over_{name}"), text(&stage.draw(80, 24)));
}

#[rstest]
fn no_size_is_too_small(
    #[values((1, 1), (20, 5), (40, 10), (59, 18), (60, 18), (61, 19), (100, 18), (300, 100))] size: (u16, u16),
    #[values("full", "incident", "empty")] name: &str,
) {
    let mut stage = Stage::new(state(name));
    for keys in [
        "1", "2 enter", "3", "4", "5", "6", "7 /", "esc 8", "9", "?", "esc :",
    ] {
        for key in keys.split_whitespace() {
            stage
                .cockpit
                .key(key.parse().unwrap(), &stage.store, world::now());
            stage.draw(size.0, size.1);
        }
    }
    let shown = text(&stage.draw(size.0, size.1));
    assert_eq!(
        shown.contains("Find"),
        size.0 >= 60 && size.1 >= 18,
        "{shown}"
    );
}

#[test]
fn rows_are_chosen_by_their_labels() {
    let mut stage = Stage::new(world::cluster(false));
    stage.press("6 / r o l e = i n g r e s s enter");
    let shown = text(&stage.draw(140, 42));
    assert!(shown.contains("Nodes 1 of 3"), "{shown}");
    assert!(shown.contains("k3s-ingress") && !shown.contains("k3s-worker"));
}

/// A pod is found, its node is jumped to and looked at further, and the way leads back to the pod.
#[test]
fn a_jump_is_gone_back() {
    let mut stage = Stage::new(world::cluster(false));
    stage.press("7 / c o r e d n s enter enter");
    let before = text(&stage.draw(140, 42));
    let jumped = stage.pressed("a n");
    assert_eq!(jumped, [], "the screen jumps by itself");
    let there = text(&stage.draw(140, 42));
    assert!(there.contains("Internal IP"), "{there}");
    stage.press("esc j ctrl-o");
    assert_eq!(text(&stage.draw(140, 42)), before);
    stage.press("ctrl-o");
    let said = text(&stage.draw(140, 42));
    assert!(said.contains("nothing to go back to"), "{said}");
}

#[test]
fn hostile_text_is_harmless() {
    let hostile = format!(
        "\u{1b}[2J\u{1b}]0;owned\u{7}a\u{202e}b\u{200b}東京{}",
        "x".repeat(1 << 20)
    );
    let pod: Pod = Pod {
        id: ObjectRef::new(hostile.as_str(), hostile.as_str()),
        status: hostile.as_str().into(),
        message: hostile.as_str().into(),
        node: hostile.as_str().into(),
        ..Pod::default()
    };
    let event = world::told(What::Pod(Change::Applied(Box::new(pod))));
    let mut stage = Stage::new([state("full"), vec![event]].concat());
    for keys in ["1", "7 G", "enter", "pgdn", "esc :"] {
        stage.press(keys);
        for (width, height) in SIZES {
            let buffer = stage.draw(width, height);
            for cell in buffer.content() {
                let odd = |c: char| c.is_control() || "\u{202e}\u{200b}".contains(c);
                assert!(!cell.symbol().contains(odd), "{:?}", cell.symbol());
            }
        }
    }
}

#[test]
fn an_unchanged_store_is_drawn_the_same() {
    let mut stage = Stage::new(state("incident"));
    stage.press("7 j j");
    assert_eq!(stage.draw(140, 40), stage.draw(140, 40));
}

#[test]
fn the_next_frame_is_due_when_a_shown_time_changes() {
    let mut stage = Stage::new(state("full"));
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 80, 24));
    stage.press("6");
    let next = stage
        .cockpit
        .draw(&mut buffer, &stage.store, world::now())
        .unwrap();
    assert_eq!(
        next,
        "2026-11-22T14:04:00Z".parse().unwrap(),
        "the clock, at the full minute"
    );
}

#[test]
fn the_recording_in_tests_data_is_the_world() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/incident.jsonl");
    let lines: Vec<String> = world::cluster(true)
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    let wanted = lines.join("\n") + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        std::fs::write(path, &wanted).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        wanted,
        "INSTA_UPDATE=always writes it anew"
    );
}

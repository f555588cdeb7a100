//! Every step in the states that it can be in, as text and style.

use k3scope::domain::setup::{ProgramFound, Told, Topic};
use k3scope::theme::{Depth, builtin};
use k3scope::ui::Cockpit;
use k3scope::wizard::Base;
use rstest::rstest;

use super::desk::{Desk, account, api_key, failed, limits, profiles, ssh_key};
use crate::cockpit::stage::{look, text};

const STEPS: [&str; 6] = [
    "credentials",
    "place",
    "nodes",
    "network",
    "names",
    "review",
];
const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

/// Names, all of them, typed by keys.
const NAMES: &str = "f2 ctrl-n ctrl-n ctrl-n ctrl-n right tab \"example.org\" \
    tab right right tab \"cf-secret\" tab tab tab \"me@example.org\" tab tab \
    \"https://github.com/me/cluster.git\" ctrl-p ctrl-p ctrl-p ctrl-p";

fn state(name: &str) -> Desk {
    let mut desk = Desk::new();
    match name {
        "empty" => {}
        "filled" => {
            desk.tell([profiles(), ssh_key(), account(), limits(4)]);
            desk.press(NAMES);
            desk.tell([Told::Zone {
                name: "example.org".into(),
                id: "0123456789abcdef0123456789abcdef".into(),
            }]);
        }
        "wrong" => {
            let next = "Check the user, the fingerprint and the key.";
            let refused = "401 NotAuthenticated: the required information was not provided";
            desk.tell([
                profiles(),
                failed(
                    Topic::SshKey,
                    "The key cannot be read",
                    "permission denied",
                    "",
                ),
                account(),
                limits(2),
                failed(
                    Topic::Account,
                    "Oracle Cloud refused the key",
                    refused,
                    next,
                ),
            ]);
            desk.press("right ctrl-n right ctrl-n \"My Cluster\" tab right tab tab tab \"x\"");
            desk.press("ctrl-n ctrl-u \"10.42.0.0/15\" tab ctrl-u \"192.168.1.0/24\" ctrl-n");
            desk.press("right tab \"nodot\" tab right right ctrl-p ctrl-p ctrl-p ctrl-p");
        }
        other => panic!("no state {other}"),
    }
    desk
}

#[rstest]
fn steps(#[values("empty", "filled", "wrong")] name: &str) {
    let mut desk = state(name);
    for step in STEPS {
        for (width, height) in SIZES {
            let shown = desk.stage.snapshot(width, height);
            insta::assert_snapshot!(format!("{step}_{name}_{width}x{height}"), shown);
        }
        desk.press("ctrl-n");
    }
}

#[test]
fn a_new_key_is_shown_with_the_way_to_where_it_belongs() {
    let mut desk = Desk::new();
    desk.tell([Told::Profiles { profiles: vec![] }, ssh_key()]);
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("key_wanted_{width}x{height}"), shown);
    }
    desk.tell([api_key()]);
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("key_made_{width}x{height}"), shown);
    }
}

/// The choice of the engine, with the program that was found and without one.
#[test]
fn the_engine_is_chosen_with_what_was_found() {
    let mut desk = state("filled");
    desk.press("ctrl-n tab tab tab right");
    desk.tell([Told::Program {
        program: ProgramFound {
            product: "OpenTofu".into(),
            version: "1.10.6".into(),
            path: "/usr/local/bin/tofu".into(),
        },
    }]);
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("engine_found_{width}x{height}"), shown);
    }
    desk.tell([failed(
        Topic::Program,
        "neither terraform nor tofu is installed",
        "engine = \"terraform\" under [provision] in cluster.toml runs one of them, and PATH leads \
         to neither",
        "install one of them, or set engine = \"direct\", which needs nothing installed",
    )]);
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("engine_missing_{width}x{height}"), shown);
    }
}

#[rstest]
fn no_size_breaks_it(
    #[values((1, 1), (20, 5), (40, 10), (60, 18), (61, 19), (109, 20), (110, 18), (300, 100))]
    size: (u16, u16),
    #[values("empty", "wrong")] name: &str,
) {
    let mut desk = state(name);
    let mut seen = String::new();
    for _ in STEPS {
        seen += &text(&desk.stage.draw(size.0, size.1));
        for key in ["tab", "tab", "down", "pgdn"] {
            desk.press(key);
            seen += &text(&desk.stage.draw(size.0, size.1));
        }
        desk.press("ctrl-n");
    }
    let roomy = size.0 >= 60 && size.1 >= 18;
    assert_eq!(seen.contains("Write and begin"), roomy, "{seen}");
}

/// Without colours the focus is seen all the same: by the mark before it, and in reverse.
#[test]
fn the_focus_needs_no_colour() {
    let mut desk = state("filled");
    let mut look = look();
    look.themes = vec![builtin("dark").unwrap().at(Depth::None)];
    desk.stage.cockpit = Cockpit::new(look);
    desk.stage.cockpit.set_up(&Base::default());
    for keys in ["", "tab", "ctrl-n ctrl-n tab tab tab tab"] {
        desk.press(keys);
        let buffer = desk.stage.draw(80, 24);
        let marked = buffer.content().iter().filter(|cell| cell.symbol() == "▸");
        assert!(marked.count() >= 1, "{}", text(&buffer));
        let reversed = buffer.area.rows().skip(3).take(15).flat_map(|row| {
            let cells = row.columns().map(|cell| buffer[(cell.x, cell.y)].modifier);
            cells.collect::<Vec<_>>()
        });
        let reversed = reversed.filter(|it| it.contains(ratatui::style::Modifier::REVERSED));
        assert!(reversed.count() >= 1, "{}", text(&buffer));
    }
}

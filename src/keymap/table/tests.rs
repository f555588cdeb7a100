//! The built-in table is whole, and what is wrong in a person's own is said with its place.

use strum::IntoEnumIterator;

use super::*;

fn keys(text: &str) -> Vec<Key> {
    text.parse::<Sequence>().unwrap().keys().to_vec()
}

fn press(keymap: &Keymap, contexts: &[Context], text: &str) -> Resolved {
    let mut pressed = Keys::default();
    let mut last = Resolved::Unbound(None);
    for key in keys(text) {
        last = pressed.press(keymap, contexts, key);
    }
    last
}

#[test]
fn every_command_has_a_key() {
    let keymap = Keymap::builtin().unwrap();
    for command in Command::iter() {
        let places: Vec<Context> = Context::iter().collect();
        assert!(
            keymap.first(&places, command).is_some(),
            "{command} has no key"
        );
    }
}

#[test]
fn the_nearer_place_decides() {
    let keymap = Keymap::builtin().unwrap();
    let list = [Context::List, Context::Global];
    assert_eq!(
        press(&keymap, &list, "ctrl-p"),
        Resolved::Command(Command::Palette)
    );
    assert_eq!(
        press(&keymap, &[Context::Input], "ctrl-p"),
        Resolved::Command(Command::Up)
    );
    assert_eq!(
        press(&keymap, &[Context::Input], "q"),
        Resolved::Unbound(Some('q'))
    );
    assert_eq!(
        press(&keymap, &list, "G"),
        Resolved::Command(Command::Bottom)
    );
}

#[test]
fn a_sequence_waits_and_a_wrong_turn_is_forgotten() {
    let keymap = Keymap::builtin().unwrap();
    let list = [Context::List, Context::Global];
    assert_eq!(press(&keymap, &list, "z"), Resolved::Pending);
    assert_eq!(
        press(&keymap, &list, "z t"),
        Resolved::Command(Command::NextTheme)
    );
    assert_eq!(press(&keymap, &list, "z j"), Resolved::Unbound(None));
    assert_eq!(
        press(&keymap, &list, "z j j"),
        Resolved::Command(Command::Down)
    );
}

#[test]
fn own_keys_replace_those_of_the_command() {
    let keymap = Keymap::builtin().unwrap();
    let own = keymap.overridden("[global]\nhelp = \"ctrl-h\"\n").unwrap();
    let global = [Context::Global];
    assert_eq!(
        press(&own, &global, "ctrl-h"),
        Resolved::Command(Command::Help)
    );
    assert_eq!(press(&own, &global, "f1"), Resolved::Unbound(None));
}

#[test]
fn every_problem_is_told_with_its_place() {
    let text = "[global]\nhelp = [\"escape\"]\nhelpp = [\"h\"]\nquit = [\"x\", 3]\nback = [\"x y\"]\n[lost]\n";
    let told = Keymap::default().overridden(text).unwrap_err().to_string();
    insta::assert_snapshot!(told, @r"
    2:9: `escape` names no key: a character, or enter, esc, tab, space, f1 and the like, with ctrl-, alt- or shift- before it
    3:1: there is no command `helpp`; `k3scope keys` lists them
    4:14: expected a key as a text
    5:9: in [global], `x y` (back) and `x` (quit) begin alike
    6:2: there is no place `lost`; there are global, list, detail, journey, log, form, choice, input, question, menu, help
    ");
}

#[test]
fn a_key_that_another_command_has_is_told_where_it_stands_in_ones_own_file() {
    let builtin = Keymap::builtin().unwrap();
    let told = builtin
        .overridden("[global]\n\nhelp = \"q\"\n")
        .unwrap_err();
    assert_eq!(
        told.to_string(),
        "3:8: in [global], `q` (quit) and `q` (help) begin alike"
    );
}

#[test]
fn what_is_no_toml_is_told_too() {
    let told = Keymap::default()
        .overridden("[global]\nhelp = [")
        .unwrap_err();
    assert_eq!(told.problems.len(), 1);
    assert_eq!(told.problems[0].line, 2);
}

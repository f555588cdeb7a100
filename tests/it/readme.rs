//! What the README repeats of the program is what the program says.

use k3scope::keymap::{Keymap, markdown};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BEGIN: &str = "<!-- keys: k3scope keys --markdown -->\n";
const END: &str = "<!-- /keys -->";

/// `K3SCOPE_UPDATE=1 cargo test readme` writes the table anew.
#[test]
fn the_key_table_is_the_keymaps() {
    let text = std::fs::read_to_string(README).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (kept, after) = rest.split_once(END).unwrap();
    let table = markdown(&Keymap::builtin().unwrap());
    if std::env::var_os("K3SCOPE_UPDATE").is_some() {
        std::fs::write(README, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(
        kept == table,
        "the README's keys are old: K3SCOPE_UPDATE=1 cargo test readme"
    );
}

/// The pipeline runs the first command under "Tests".
#[test]
fn the_test_command_is_where_the_pipeline_looks_for_it() {
    let text = std::fs::read_to_string(README).unwrap();
    let (_, tests) = text.split_once("\n## Tests\n").unwrap();
    let (_, command) = tests.split_once("```sh\n").unwrap();
    assert_eq!(command.lines().next(), Some("cargo test"));
}

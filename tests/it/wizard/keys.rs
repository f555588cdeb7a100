//! The whole way by keys, by paste and by mouse.

use k3scope::domain::journey::Begin;
use k3scope::domain::setup::{Ask, Told};
use k3scope::effect::Effect;

use super::checks::over;
use super::desk::{Desk, account, limits, profiles, ssh_key};

fn ready() -> Desk {
    let mut desk = Desk::new();
    desk.tell([profiles(), ssh_key(), account(), limits(4)]);
    desk
}

#[test]
fn from_the_first_step_to_the_beginning() {
    let mut desk = ready();
    desk.press("ctrl-n tab right");
    assert!(desk.shown().contains("apps/k3s"));
    desk.tell([limits(4)]);
    desk.press("ctrl-n ctrl-u \"quiet\" tab right");
    assert!(desk.shown().contains("$28.04/mo"), "{}", desk.shown());
    desk.press("ctrl-n tab tab tab ctrl-u \"198.51.100.7/32\" ctrl-n");
    desk.press("tab \"https://github.com/me/q?1:z\" ctrl-u");
    desk.paste("https://github.com/me/cluster.git\n");
    desk.press("ctrl-n enter");
    assert!(desk.asks().all(|ask| !matches!(ask, Ask::Write { .. })));
    desk.check(&[over()]);
    desk.effects.clear();
    desk.press("enter");
    assert!(
        desk.shown().contains("Type quiet to agree"),
        "{}",
        desk.shown()
    );
    desk.press("y enter \"ui\" enter ctrl-u \"quie\" enter");
    assert!(desk.asks().next().is_none(), "only the whole name agrees");
    desk.press("t enter");
    let write = desk.asks().find_map(|ask| {
        let Ask::Write { text } = ask else {
            return None;
        };
        Some(text.clone())
    });
    let text = write.expect("the file is written");
    for line in [
        "name = \"quiet\"",
        "layout = \"reference\"",
        "compartment = \"ocid1.compartment.oc1..bbbb\"",
        "ssh_from = [\"198.51.100.7/32\"]",
        "repository = \"https://github.com/me/cluster.git\"",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    desk.tell([Told::Written {
        path: "cluster.toml".into(),
    }]);
    let begun = Effect::Begin(Begin::Apply {
        allow_paid: true,
        replace: vec![],
    });
    assert!(desk.effects.contains(&begun), "{:?}", desk.effects);
}

#[test]
fn letters_are_typed_and_commands_stay_in_reach() {
    let mut desk = ready();
    desk.press("\"q?1:z t\"");
    assert!(
        desk.shown().contains("~/.oci/configq?1:z t"),
        "{}",
        desk.shown()
    );
    desk.press("f1");
    assert!(
        desk.shown().contains("In a form"),
        "help opens over a field"
    );
    desk.press("esc ctrl-n esc");
    assert!(desk.shown().contains("OCI file"), "esc goes a step back");
    assert!(!desk.effects.contains(&Effect::Quit));
    desk.press("ctrl-c");
    assert!(desk.effects.contains(&Effect::Quit));
}

#[test]
fn a_secret_shows_nowhere() {
    let mut desk = ready();
    desk.press("ctrl-n ctrl-n ctrl-n ctrl-n right tab \"example.org\" tab right right tab");
    desk.press("\"s3cr3t\"");
    assert!(desk.shown().contains("••••••"), "{}", desk.shown());
    for keys in ["", "tab", "shift-tab", "ctrl-n"] {
        desk.press(keys);
        assert!(!desk.shown().contains("s3cr3t"));
    }
    let drafts: Vec<&str> = desk
        .asks()
        .filter_map(|ask| {
            let Ask::Keep { draft } = ask else {
                return None;
            };
            Some(draft.as_str())
        })
        .collect();
    assert!(drafts.last().unwrap().contains("example.org"));
    assert!(!format!("{:?}", desk.effects).contains("s3cr3t"));
}

#[test]
fn the_mouse_finds_its_way() {
    let mut desk = ready();
    desk.click("3 Nodes");
    assert!(desk.shown().contains("Allowance"));
    desk.click("[ Add a worker ]");
    assert!(desk.shown().contains("k3s-worker"), "{}", desk.shown());
    desk.click("[-]");
    assert!(!desk.shown().contains("k3s-worker"), "{}", desk.shown());
    desk.click("k3s-server");
    desk.press("\"-2\"");
    assert!(desk.shown().contains("k3s-server-2"), "{}", desk.shown());
}

#[test]
fn rows_of_nodes_are_below_each_other() {
    let mut desk = ready();
    desk.press("ctrl-n ctrl-n tab tab down ctrl-u \"abc\" down ctrl-u \"xyz\" up ctrl-u \"def\"");
    let shown = desk.shown();
    assert!(shown.contains("def") && shown.contains("xyz"), "{shown}");
    assert!(
        !shown.contains("abc"),
        "up comes back to the cell above:\n{shown}"
    );
}

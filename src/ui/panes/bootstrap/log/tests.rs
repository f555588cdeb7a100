//! A log keeps its place while lines come and go, and finds what is looked for.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rstest::rstest;

use super::*;
use crate::domain::bootstrap::Followed;
use crate::domain::topology::Role as NodeRole;
use crate::keymap::Keymap;
use crate::store::Store;
use crate::theme::builtin;
use crate::ui::moment::Moment;

fn node(lines: u64, kept: usize) -> NodeRun {
    let first = lines.saturating_sub(u64::try_from(kept).unwrap());
    let line = |number: u64| LogEntry {
        at: Timestamp::UNIX_EPOCH,
        origin: LogOrigin::Script,
        text: format!("line {number}").into(),
    };
    NodeRun {
        node: Followed {
            name: "k3s-server".into(),
            role: NodeRole::Server,
        },
        stages: Vec::new(),
        log: (first..lines).map(line).collect(),
        read: lines,
    }
}

fn shown(view: &View, node: &NodeRun, high: u16) -> Vec<String> {
    let store = Store::default();
    let theme = builtin("dark").unwrap();
    let moment = Moment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let keymap = Keymap::builtin().unwrap();
    let ctx = Ctx {
        store: &store,
        theme: &theme,
        moment: &moment,
        keymap: &keymap,
    };
    let area = Rect::new(0, 0, 40, high + 1);
    let mut buf = Buffer::empty(Rect::new(0, 0, 42, high + 1));
    let wanted = view.wanted.clone();
    let look = Look {
        wanted: &wanted,
        wrapped: true,
    };
    let lines = view.draw(&mut buf, area, node, look, &ctx);
    let text = |line: Rect| -> String {
        let symbols = (line.x + 11..line.right()).map(|x| buf[(x, line.y)].symbol().to_owned());
        symbols.collect::<String>().trim().to_owned()
    };
    lines.rows().map(text).collect()
}

#[test]
fn the_end_is_followed_until_one_scrolls_up() {
    let mut view = View::default();
    assert_eq!(shown(&view, &node(10, 10), 2), ["line 8", "line 9"]);
    assert_eq!(shown(&view, &node(12, 12), 2), ["line 10", "line 11"]);
    view.on(Command::Up, &node(12, 12));
    assert_eq!(shown(&view, &node(12, 12), 2), ["line 9", "line 10"]);
    assert_eq!(shown(&view, &node(20, 20), 2), ["line 9", "line 10"]);
    view.on(Command::Bottom, &node(20, 20));
    assert!(view.is_following());
}

#[test]
fn the_place_is_kept_while_old_lines_are_forgotten() {
    let mut view = View::default();
    shown(&view, &node(10, 10), 2);
    view.on(Command::PageUp, &node(10, 10));
    assert_eq!(shown(&view, &node(10, 10), 2), ["line 7", "line 8"]);
    assert_eq!(shown(&view, &node(14, 10), 2), ["line 7", "line 8"]);
    assert_eq!(
        shown(&view, &node(30, 10), 2),
        ["line 20", "line 21"],
        "what was looked at is gone: the oldest takes its place"
    );
}

#[rstest]
#[case("LINE 1", &["line 1", "line 10", "line 11"])]
#[case("nowhere", &[])]
fn a_filter_finds_lines_whatever_their_case(#[case] wanted: &str, #[case] found: &[&str]) {
    let mut view = View::default();
    let node = node(12, 12);
    view.search(&node, wanted);
    assert_eq!(view.count(&node), found.len());
    let mut seen = shown(&view, &node, 4);
    seen.retain(|line| !line.is_empty());
    assert_eq!(seen, found);
}

#[test]
fn new_lines_are_searched_and_forgotten_ones_leave() {
    let mut view = View::default();
    view.search(&node(12, 12), "1");
    assert_eq!(view.count(&node(12, 12)), 3);
    view.search(&node(22, 10), "1");
    let node = node(22, 10);
    assert_eq!(view.count(&node), 9, "12 to 19, and 21");
    view.search(&node, "");
    assert_eq!(view.count(&node), 10);
}

#[test]
fn a_log_that_began_anew_is_searched_anew() {
    let mut view = View::default();
    view.search(&node(50, 50), "line 4");
    view.search(&node(5, 5), "line 4");
    assert_eq!(view.count(&node(5, 5)), 1);
}

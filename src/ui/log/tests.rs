//! A log keeps its place while lines come and go, and finds what is looked for.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rstest::rstest;

use super::{Look, Needle, View};
use crate::command::Command;
use crate::domain::bootstrap::{Followed, LogOrigin};
use crate::domain::topology::Role as NodeRole;
use crate::keymap::Keymap;
use crate::store::Store;
use crate::store::bootstrap::{LogEntry, NodeRun};
use crate::theme::builtin;
use crate::ui::moment::Moment;
use crate::ui::pane::Ctx;

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
        reboots: 0,
    }
}

fn wants(wanted: &str, sought: &str) -> Look<'static> {
    let needle = |text| &*Box::leak(Box::new(Needle::text(text)));
    Look {
        wanted: needle(wanted),
        sought: needle(sought),
        wrapped: true,
        timed: true,
        pretty: true,
    }
}

fn shown(view: &View, node: &NodeRun, high: u16) -> Vec<String> {
    drawn(view, node, wants("", ""), high)
        .into_iter()
        .map(|line| line.chars().skip(13).collect::<String>())
        .collect()
}

fn drawn(view: &View, node: &NodeRun, look: Look<'_>, high: u16) -> Vec<String> {
    let store = Store::default();
    let theme = builtin("dark").unwrap();
    let moment = Moment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let keymap = Keymap::builtin().unwrap();
    let ctx = Ctx {
        store: &store,
        theme: &theme,
        moment: &moment,
        keymap: &keymap,
        read_only: false,
    };
    let area = Rect::new(0, 0, 40, high + 1);
    let mut buf = Buffer::empty(Rect::new(0, 0, 42, high + 1));
    let lines = view.draw(&mut buf, area, node, look, &ctx);
    let text = |line: Rect| -> String {
        let symbols = (line.x..line.right()).map(|x| buf[(x, line.y)].symbol().to_owned());
        symbols.collect::<String>().trim_end().to_owned()
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
fn a_filter_finds_lines_whatever_their_case(#[case] wanted: &'static str, #[case] found: &[&str]) {
    let mut view = View::default();
    let node = node(12, 12);
    view.update(&node, wants(wanted, ""));
    assert_eq!(view.count(&node), found.len());
    let mut seen = shown(&view, &node, 4);
    seen.retain(|line| !line.is_empty());
    assert_eq!(seen, found);
}

#[test]
fn new_lines_are_searched_and_forgotten_ones_leave() {
    let mut view = View::default();
    view.update(&node(12, 12), wants("1", ""));
    assert_eq!(view.count(&node(12, 12)), 3);
    view.update(&node(22, 10), wants("1", ""));
    let node = node(22, 10);
    assert_eq!(view.count(&node), 9, "12 to 19, and 21");
    view.update(&node, wants("", ""));
    assert_eq!(view.count(&node), 10);
}

#[test]
fn a_log_that_began_anew_is_searched_anew() {
    let mut view = View::default();
    view.update(&node(50, 50), wants("line 4", ""));
    view.update(&node(5, 5), wants("line 4", ""));
    assert_eq!(view.count(&node(5, 5)), 1);
}

/// Where the search stands: the line that is marked.
fn stands(view: &View, node: &NodeRun) -> Option<String> {
    let lines = drawn(view, node, wants("", "line 1"), 4);
    let marked = lines.into_iter().find(|line| line.contains('»'))?;
    Some(marked.chars().skip(13).collect())
}

#[test]
fn a_search_goes_from_found_to_found_and_around() {
    let node = node(12, 12);
    let mut view = View::default();
    shown(&view, &node, 4);
    view.update(&node, wants("", "line 1"));
    view.seek(&node);
    assert_eq!(stands(&view, &node).as_deref(), Some("line 10"));
    assert!(!view.is_following(), "what was found stays in sight");
    for (command, found) in [
        (Command::SearchNext, "line 11"),
        (Command::SearchNext, "line 1"),
        (Command::SearchPrevious, "line 11"),
        (Command::SearchPrevious, "line 10"),
        (Command::SearchPrevious, "line 1"),
    ] {
        view.on(command, &node);
        assert_eq!(stands(&view, &node).as_deref(), Some(found), "{command}");
    }
    assert!(
        view.spoken(&node).contains("1 of 3"),
        "{}",
        view.spoken(&node)
    );
}

#[test]
fn a_search_finds_only_what_the_filter_lets_through() {
    let node = node(30, 30);
    let mut view = View::default();
    view.update(&node, wants("1", "line 2"));
    assert!(view.spoken(&node).contains("/line 2 1 found"));
    view.update(&node, wants("", "line 2"));
    assert!(view.spoken(&node).contains("/line 2 11 found"));
    view.update(&node, wants("", "nowhere"));
    assert!(view.spoken(&node).contains("not found"));
    view.seek(&node);
    assert!(view.is_following(), "nothing found, nothing held");
}

#[test]
fn what_was_found_is_let_go_when_the_line_is_forgotten() {
    let mut view = View::default();
    shown(&view, &node(12, 12), 12);
    view.update(&node(12, 12), wants("", "line 3"));
    view.seek(&node(12, 12));
    assert!(view.spoken(&node(12, 12)).contains("1 of 1"));
    view.update(&node(20, 5), wants("", "line 3"));
    assert!(view.spoken(&node(20, 5)).contains("not found"));
}

#[test]
fn times_can_be_left_out() {
    let look = Look {
        timed: false,
        ..wants("", "")
    };
    assert_eq!(
        drawn(&View::default(), &node(1, 1), look, 1),
        ["  s line 0"]
    );
}

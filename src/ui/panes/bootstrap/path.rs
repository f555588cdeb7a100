//! The critical path as it is drawn: a chain from what everything waits for to what comes then, who
//! waits for whom, and how it ended.

use super::mending;
use super::pace::{Shown, roughly, usually};
use super::trouble::{self, key};
use crate::command::Command;
use crate::domain::bootstrap::Progress;
use crate::store::bootstrap::{Bootstrap, Link, NodeRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::{cut, width};

/// The least that is drawn of the line between two links.
const ARROW: usize = 5;
/// What stands between two links in one line.
const BETWEEN: &str = " ▸ ";
/// Cells of a name that can still be told from others.
const LEAST_NAME: usize = 8;

/// One link, as it is drawn: who, at what, and how long it takes.
struct Knot<'a> {
    who: &'a str,
    shown: Shown<'a>,
    at: String,
    rest: String,
}

impl Knot<'_> {
    fn width(&self) -> usize {
        let at = 2 + width(&self.at);
        at.max(2 + width(self.who)).max(2 + width(&self.rest))
    }
}

fn knot<'a>(bootstrap: &Bootstrap, link: &Link<'a>, ctx: &Ctx<'_>) -> Knot<'a> {
    let shown = Shown::new(link.stage, link.held, &bootstrap.usual, ctx);
    let mut at = link.stage.stage.label().to_owned();
    for part in [&*shown.time, shown.word] {
        if !part.is_empty() {
            at.push(' ');
            at.push_str(part);
        }
    }
    let rest = match &link.stage.progress {
        Progress::Failed { .. } => "nothing goes on without it".to_owned(),
        Progress::Running { .. } if link.stage.diagnosis.is_some() => {
            "does not go on by itself".to_owned()
        }
        _ if link.held => "waits for it".to_owned(),
        Progress::Running { .. } if shown.word.is_empty() => {
            match bootstrap.left(link.stage, ctx.moment.now()) {
                0 => usually(link.stage, &bootstrap.usual),
                left => format!("usually {} more", roughly(left)),
            }
        }
        Progress::Running { .. } | Progress::Waiting | Progress::Done => {
            usually(link.stage, &bootstrap.usual)
        }
    };
    Knot {
        who: link.who(),
        shown,
        at,
        rest,
    }
}

/// The path in one line, for a narrow screen, and below it what the first of it waits for, unless
/// that stands in the column of the node in `focus` or with what is wrong with the cluster.
pub(super) fn line(
    page: &mut Page,
    bootstrap: &Bootstrap,
    cells: usize,
    focus: Option<&NodeRun>,
    ctx: &Ctx<'_>,
) {
    let path = bootstrap.critical_path();
    let Some(first) = path.first() else { return };
    let knots: Vec<Knot<'_>> = path.iter().map(|link| knot(bootstrap, link, ctx)).collect();
    let shown = Shown::new(first.stage, first.held, &bootstrap.usual, ctx);
    let room = cells.saturating_sub(2);
    let text = cut(&words(&knots, room), room);
    page.row(vec![signs::before(shown.sign), (text, Role::Text)]);
    let is_told = match first.node {
        Some(node) => focus.is_some_and(|focus| focus.node == node.node),
        None => mending::troubled(&bootstrap.cluster).next().is_some(),
    };
    if is_told {
        return;
    }
    let said = trouble::sentence(first.stage).filter(|_| first.node.is_some());
    if let Some(said) = said {
        page.row(vec![
            ("  ".to_owned(), Role::Muted),
            (cut(said, room), shown.sign.1),
        ]);
    } else if !shown.waits.is_empty() {
        let text = cut(&format!("waits for {}", shown.waits), room);
        page.row(vec![("  ".to_owned(), Role::Muted), (text, Role::Muted)]);
    }
}

/// `k3s-server: route out 27s ▸ cluster: API through tunnel`. Where there is too little room for all
/// of it, the names give way, so that the stages and their times can be read.
fn words(knots: &[Knot<'_>], room: usize) -> String {
    let fixed = |knot: &Knot<'_>| width(": ") + width(&knot.at);
    let between = width(BETWEEN) * knots.len().saturating_sub(1);
    let taken = knots.iter().map(fixed).sum::<usize>() + between;
    let names: usize = knots.iter().map(|knot| width(knot.who)).sum();
    let most = if taken + names > room {
        (room.saturating_sub(taken) / knots.len().max(1)).max(LEAST_NAME)
    } else {
        names
    };
    let words = knots
        .iter()
        .map(|knot| format!("{}: {}", cut(knot.who, most), knot.at));
    words.collect::<Vec<String>>().join(BETWEEN)
}

/// The path as a chain: who, at what stage and since when, how long that usually takes.
pub(super) fn chain(page: &mut Page, bootstrap: &Bootstrap, cells: usize, ctx: &Ctx<'_>) {
    let path = bootstrap.critical_path();
    if path.is_empty() {
        return;
    }
    let knots: Vec<Knot<'_>> = path.iter().map(|link| knot(bootstrap, link, ctx)).collect();
    let wide = widths(&knots, cells);
    let [mut who, mut at, mut rest] = [Vec::new(), Vec::new(), Vec::new()];
    for (number, (knot, wide)) in knots.iter().zip(&wide).enumerate() {
        let is_last = number + 1 == knots.len();
        let room = if is_last {
            *wide
        } else {
            wide.saturating_sub(ARROW)
        };
        let name = cut(knot.who, room.saturating_sub(2));
        let pad = wide.saturating_sub(2 + width(&name));
        let role = if number == 0 { Role::Title } else { Role::Text };
        who.push(("  ".to_owned(), Role::Text));
        who.push((format!("{name}{}", " ".repeat(pad)), role));
        let text = cut(&knot.at, room.saturating_sub(2));
        let line = wide.saturating_sub(2 + width(&text));
        at.push(signs::before(knot.shown.sign));
        at.push((text, if number == 0 { Role::Title } else { Role::Text }));
        if !is_last {
            let dashes = "─".repeat(line.saturating_sub(4));
            at.push((format!(" {dashes}─▸ "), Role::Border));
        }
        let text = cut(&knot.rest, room.saturating_sub(2));
        let pad = wide.saturating_sub(2 + width(&text));
        rest.push((format!("  {text}{}", " ".repeat(pad)), Role::Muted));
    }
    for row in [who, at, rest] {
        page.row(row);
    }
}

/// How many cells each link gets: what it needs and the line after it, or an even share.
fn widths(knots: &[Knot<'_>], cells: usize) -> Vec<usize> {
    let needed: Vec<usize> = knots.iter().map(|knot| knot.width() + ARROW + 1).collect();
    let last = knots.last().map_or(0, Knot::width);
    let all: usize = needed.iter().sum();
    let all = all.saturating_sub(needed.last().copied().unwrap_or(0)) + last;
    let count = knots.len().max(1);
    if all > cells {
        return vec![cells / count; count];
    }
    let spare = (cells - all) / count;
    needed
        .into_iter()
        .map(|wide| wide + spare.min(ARROW * 2))
        .collect()
}

/// Who waits for what, node by node: `k3s-worker waits for k3s-server: route to 10.0.2.10:6443`.
pub(super) fn waits(page: &mut Page, bootstrap: &Bootstrap, cells: usize, ctx: &Ctx<'_>) {
    let is_troubled = mending::troubled(&bootstrap.cluster).next().is_some();
    if let Some(first) = bootstrap.critical_path().first() {
        let shown = Shown::new(first.stage, first.held, &bootstrap.usual, ctx);
        if let Some(said) = trouble::sentence(first.stage) {
            // What is wrong with the cluster itself stands below in full.
            if first.node.is_some() {
                page.item(vec![signs::before(shown.sign)], said, shown.sign.1);
            }
        } else if !shown.waits.is_empty() && (first.node.is_some() || !is_troubled) {
            let text = format!("{} waits for {}", first.who(), shown.waits);
            let text = cut(&text, cells.saturating_sub(4) * 2);
            page.item(vec![signs::before(shown.sign)], text, Role::Text);
        }
    }
    for wait in bootstrap.cross_waits() {
        let shown = Shown::new(wait.stage, true, &bootstrap.usual, ctx);
        let what = if shown.waits.is_empty() {
            wait.until.label()
        } else {
            shown.waits
        };
        let (node, on) = (&wait.node.node.name, &wait.on.node.name);
        let text = format!("{node} waits for {on}: {what}");
        page.item(vec![signs::before(signs::NONE)], text, Role::Muted);
    }
}

/// How long it still takes, as far as that can be told.
pub(super) fn rest(bootstrap: &Bootstrap, ctx: &Ctx<'_>) -> Option<String> {
    let is_kept = mending::worst(bootstrap).is_some()
        || mending::troubled(&bootstrap.cluster).next().is_some();
    if bootstrap.finished.is_some() || is_kept {
        return None;
    }
    let rest = bootstrap.rest(ctx.moment.now())?;
    Some(format!("usually {} more", roughly(rest)))
}

/// How it ended, once it has, and what to press.
pub(super) fn ending(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let press = |page: &mut Page, command, does: &str| {
        let before = vec![(format!("{} ", key(command, ctx)), Role::Accent)];
        page.item(before, does, Role::Text);
    };
    match bootstrap.finished {
        Some(true) => {
            let last = bootstrap
                .cluster
                .iter()
                .filter_map(|stage| stage.ended)
                .max();
            let took = last.map(|last| lasted(last.duration_since(bootstrap.started)));
            let text = format!("healthy after {}", took.unwrap_or_default());
            page.item(vec![signs::before(signs::OK)], text, Role::Ok);
            press(page, Command::Proceed, "goes on duty");
            press(page, Command::Retry, "looks at the nodes again");
        }
        Some(false) => {
            let text = "not healthy, and nothing is followed any more";
            page.item(vec![signs::before(signs::BAD)], text, Role::Bad);
            press(page, Command::Retry, "goes on from here");
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knot<'a>(who: &'a str, at: &str) -> Knot<'a> {
        let shown = Shown {
            sign: signs::BUSY,
            time: String::new(),
            percent: None,
            word: "",
            waits: "",
        };
        Knot {
            who,
            shown,
            at: at.to_owned(),
            rest: String::new(),
        }
    }

    #[test]
    fn long_names_give_way_to_stages_and_times() {
        let names = [
            "ingress-of-the-laboratory-in-frankfurt-eu-central-1",
            "server-of-the-laboratory-in-frankfurt-eu-central-1",
        ];
        let knots = [
            knot(names[0], "NAT 4m18s stuck"),
            knot(names[1], "route out 4m10s"),
            knot("cluster", "API"),
        ];
        let text = words(&knots, 74);
        assert!(width(&text) <= 74, "{text}");
        for at in ["NAT 4m18s stuck", "route out 4m10s", "cluster: API"] {
            assert!(text.contains(at), "{text}");
        }
        let short = [knot("a", "NAT"), knot("b", "boots")];
        assert_eq!(words(&short, 74), "a: NAT ▸ b: boots");
    }
}

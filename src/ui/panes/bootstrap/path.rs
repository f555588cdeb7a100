//! The critical path as it is drawn: a chain from what everything waits for to what comes then, who
//! waits for whom, and how it ended.

use super::pace::{Shown, roughly, usually};
use super::trouble::{self, key};
use crate::command::Command;
use crate::domain::bootstrap::Progress;
use crate::store::bootstrap::{Bootstrap, Link};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::{cut, width};

/// The least that is drawn of the line between two links.
const ARROW: usize = 5;

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
        _ if link.held => "waits for it".to_owned(),
        Progress::Running { .. } if shown.word.is_empty() => {
            let left = bootstrap.left(link.stage, ctx.moment.now());
            format!("usually {} more", roughly(left))
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

/// The path in one line, for a narrow screen, and below it what the first of it waits for.
pub(super) fn line(page: &mut Page, bootstrap: &Bootstrap, cells: usize, ctx: &Ctx<'_>) {
    let path = bootstrap.critical_path();
    let Some(first) = path.first() else { return };
    let knots = path.iter().map(|link| knot(bootstrap, link, ctx));
    let words: Vec<String> = knots
        .map(|knot| format!("{}: {}", knot.who, knot.at))
        .collect();
    let shown = Shown::new(first.stage, first.held, &bootstrap.usual, ctx);
    let room = cells.saturating_sub(2);
    let text = cut(&words.join(" ▸ "), room);
    page.row(vec![signs::before(shown.sign), (text, Role::Text)]);
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
pub(super) fn waits(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    if let Some(first) = bootstrap.critical_path().first() {
        let shown = Shown::new(first.stage, first.held, &bootstrap.usual, ctx);
        if let Some(said) = trouble::sentence(first.stage) {
            // What is wrong with the cluster itself stands below in full.
            if first.node.is_some() {
                page.item(vec![signs::before(shown.sign)], said, shown.sign.1);
            }
        } else if !shown.waits.is_empty() {
            let text = format!("{} waits for {}", first.who(), shown.waits);
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
    if bootstrap.finished.is_some() {
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
        }
        Some(false) => {
            let text = "not healthy, and nothing is followed any more";
            page.item(vec![signs::before(signs::BAD)], text, Role::Bad);
            press(page, Command::Retry, "goes on from here");
        }
        None => {}
    }
}

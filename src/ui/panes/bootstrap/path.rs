//! The critical path: what everything waits for, and who waits for whom.

use super::pace::Shown;
use crate::domain::bootstrap::{Progress, Stage};
use crate::domain::topology::Role as NodeRole;
use crate::keymap::{Context, Sequence};
use crate::store::bootstrap::{Bootstrap, NodeRun, StageRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

use crate::command::Command;

/// One who waits, or who is waited for.
pub(super) struct Link<'a> {
    pub(super) who: &'a str,
    pub(super) stage: &'a StageRun,
    /// Whether what it waits for is the link before it.
    pub(super) held: bool,
}

/// From what everything waits for now to what comes then.
pub(super) fn links(bootstrap: &Bootstrap) -> Vec<Link<'_>> {
    let behind = |node: &&NodeRun| !node.stage(Stage::Ready).is_some_and(StageRun::is_done);
    let open = bootstrap.cluster.iter().find(|stage| !stage.is_done());
    // Until the API answers, everything hangs on the server.
    let server = bootstrap
        .nodes
        .iter()
        .filter(behind)
        .find(|node| node.node.role == NodeRole::Server);
    let first = server.or_else(|| bootstrap.nodes.iter().find(behind));
    let mut links = first.map_or_else(Vec::new, |node| chain(bootstrap, node));
    if let Some(stage) = open {
        links.push(Link {
            who: "cluster",
            stage,
            held: !links.is_empty() && stage.progress == Progress::Waiting,
        });
    }
    links
}

/// A node and those that it waits for, the last of them first.
fn chain<'a>(bootstrap: &'a Bootstrap, from: &'a NodeRun) -> Vec<Link<'a>> {
    let mut links = Vec::new();
    let mut at = from;
    // A node waits for at most one other, and there are no more links than nodes.
    for _ in 0..bootstrap.nodes.len() {
        let Some(stage) = at.current() else { break };
        let blocker = bootstrap.blocker(at);
        links.push(Link {
            who: &at.node.name,
            stage,
            held: blocker.is_some(),
        });
        match blocker {
            Some((next, _)) => at = next,
            None => break,
        }
    }
    links.reverse();
    links
}

/// The path in one line, for a narrow screen.
pub(super) fn line(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let mut text = String::new();
    let mut sign = signs::NONE;
    for (at, link) in links(bootstrap).iter().enumerate() {
        let mut shown = Shown::new(link.stage, link.held, ctx);
        if at == 0 {
            sign = shown.sign;
        } else {
            // What the later ones wait for is the one before them.
            shown.waits.clear();
            text.push_str(" ▸ ");
        }
        text.push_str(&spoken(link, &shown));
    }
    if !text.is_empty() {
        page.item(vec![signs::before(sign)], text, Role::Text);
    }
}

/// The path one link below the other, and below it the nodes that wait beside it.
pub(super) fn lines(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let links = links(bootstrap);
    for (at, link) in links.iter().enumerate() {
        let shown = Shown::new(link.stage, link.held, ctx);
        let turn = if at == 0 { "" } else { "└ " };
        let indent = " ".repeat(2 * at.saturating_sub(1));
        page.item(
            vec![
                (format!("{indent}{turn}"), Role::Border),
                signs::before(shown.sign),
            ],
            spoken(link, &shown),
            if at == 0 { Role::Title } else { Role::Text },
        );
    }
    for node in &bootstrap.nodes {
        if links.iter().any(|link| *link.who == *node.node.name) {
            continue;
        }
        if let Some((blocker, stage)) = bootstrap.blocker(node) {
            let text = format!(
                "{} waits for {}: {}",
                node.node.name,
                blocker.node.name,
                stage.label()
            );
            page.item(vec![signs::before(signs::NONE)], text, Role::Muted);
        }
    }
}

fn spoken(link: &Link<'_>, shown: &Shown) -> String {
    let mut text = format!("{}: {}", link.who, link.stage.stage.label());
    for part in [&*shown.time, shown.word] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    if !shown.waits.is_empty() {
        text.push_str(", waits for ");
        text.push_str(&shown.waits);
    }
    text
}

/// How it ended, once it has, and what to press.
pub(super) fn ending(page: &mut Page, bootstrap: &Bootstrap, ctx: &Ctx<'_>) {
    let press = |page: &mut Page, command, does: &str| {
        let key = ctx.keymap.first(&[Context::Journey], command);
        let key = key.map(Sequence::shown).unwrap_or_default();
        page.item(vec![(format!("{key} "), Role::Accent)], does, Role::Text);
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
        None if bootstrap.failed().is_some() => {
            press(page, Command::Retry, "tries what failed again");
        }
        None => {}
    }
}

//! The full view of one node: all that is known of it, its log excepted.

use super::pace::{Shown, usually};
use super::{cluster, mending, trouble};
use crate::domain::topology::Role as NodeRole;
use crate::store::bootstrap::{Bootstrap, NodeRun, Sight};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

fn role(node: &NodeRun) -> &'static str {
    match node.node.role {
        NodeRole::Ingress => "ingress node",
        NodeRole::Server => "server",
        NodeRole::Worker => "worker",
    }
}

/// All of it, what is wrong first.
pub(super) fn page(bootstrap: &Bootstrap, node: &NodeRun, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let title = format!("{} · {}", node.node.name, role(node));
    page.styled(title, Role::Title);
    sight(&mut page, node, ctx);
    let mut troubled = mending::troubled(&node.stages).peekable();
    if troubled.peek().is_some() {
        page.heading("What is wrong");
        troubled.for_each(|stage| trouble::full(&mut page, Some(node), stage, ctx));
    }
    if mending::troubled(&bootstrap.cluster).next().is_some() {
        page.heading("What is wrong with the cluster");
        cluster::trouble(&mut page, bootstrap, None, ctx);
    }
    page.heading("Stages");
    stages(&mut page, bootstrap, node, ctx);
    acts(&mut page, bootstrap, node, ctx);
    page
}

/// How it is seen, where that is not as it should be.
fn sight(page: &mut Page, node: &NodeRun, ctx: &Ctx<'_>) {
    let warn = |page: &mut Page, text: String| {
        page.item(vec![signs::before(signs::WARN)], text, Role::Text);
    };
    match node.sight() {
        Sight::NotYet | Sight::Ssh => {}
        Sight::ConsoleOnly => {
            let text = "seen by its serial console only: SSH has not let us in";
            warn(page, text.to_owned());
        }
        Sight::Lost { since } => warn(
            page,
            format!(
                "SSH was lost at {}, {} ago; what is new comes from its serial console",
                ctx.moment.stamp(since),
                ctx.moment.since(since)
            ),
        ),
    }
    if node.reboots > 0 {
        let times = if node.reboots == 1 { "once" } else { "times" };
        let count = if node.reboots == 1 {
            times.to_owned()
        } else {
            format!("{} {times}", node.reboots)
        };
        warn(page, format!("went down and came up again: ↻ {count}"));
    }
}

fn stages(page: &mut Page, bootstrap: &Bootstrap, node: &NodeRun, ctx: &Ctx<'_>) {
    let current = node.current().map(|current| current.stage);
    for stage in &node.stages {
        let blocker = bootstrap
            .blocker(node)
            .filter(|_| current == Some(stage.stage));
        let shown = Shown::new(stage, blocker.is_some(), &bootstrap.usual, ctx);
        let usually = usually(stage, &bootstrap.usual);
        let mut said = format!("{:>6} {:6} {usually}", shown.time, shown.word);
        let by_its_clock = stage.took.is_some() && stage.is_done();
        let since = match stage.started {
            _ if by_its_clock => "  by its own clock".to_owned(),
            Some(at) => format!("  since {}", ctx.moment.stamp(at)),
            None => String::new(),
        };
        said.push_str(&since);
        if stage.again > 0 {
            said = format!("{said}  ↻ {}", stage.again);
        }
        let label = stage.stage.label();
        let before = vec![
            signs::before(shown.sign),
            (format!("{label:19} "), Role::Text),
        ];
        page.item(before, said, Role::Muted);
        if !shown.waits.is_empty() {
            let who = blocker.map_or_else(String::new, |(on, _)| format!("{}: ", on.node.name));
            let before = vec![("  waits for ".to_owned(), Role::Muted)];
            page.item(before, format!("{who}{}", shown.waits), Role::Text);
        }
    }
}

/// What a person asked for, and what came of it.
fn acts(page: &mut Page, bootstrap: &Bootstrap, node: &NodeRun, ctx: &Ctx<'_>) {
    let mut acted = bootstrap
        .acted
        .iter()
        .filter(|each| *each.act.node() == node.node.name)
        .peekable();
    if acted.peek().is_none() {
        return;
    }
    page.heading("Done about it");
    for each in acted {
        let (sign, text) = mending::spoken(each, ctx);
        let before = vec![
            signs::before(sign),
            (format!("{} ", ctx.moment.stamp(each.at)), Role::Muted),
        ];
        page.item(before, text, Role::Text);
    }
}

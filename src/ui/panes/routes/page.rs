//! The full view of a row: what is not well, its tree, and what it says of itself.

use super::super::signs;
use super::branch::Branch;
use super::row::{Of, Row};
use super::tree::branches;
use super::{details, envoy};
use crate::domain::advice::Advice;
use crate::theme::Role;
use crate::ui::list::Opened;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// The page.
pub(super) fn page(row: Row<'_>, opened: &Opened, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let (word, severity, why) = row.verdict(ctx.store);
    page.item(
        vec![signs::before(row.sign(ctx.store))],
        format!("{} {}", row.kind().1, word.to_lowercase()),
        Role::Title,
    );
    if severity.is_some() {
        page.item(vec![("  ".into(), Role::Text)], why.as_str(), Role::Warn);
    }
    let tree = branches(row, opened, ctx);
    if !tree.is_empty() {
        page.heading("Tree");
    }
    for branch in &tree {
        show(&mut page, branch);
    }
    match row.of {
        Of::Class(class) => details::class(&mut page, class, ctx),
        Of::Gateway(gateway) => details::gateway(&mut page, gateway, ctx),
        Of::Set(set) => details::set(&mut page, set, ctx),
        Of::Listener(of) => details::listener(&mut page, &of, ctx),
        Of::Route(route) => details::route(&mut page, route, ctx),
        Of::Policy(policy) => details::policy(&mut page, policy, ctx),
        Of::Grant(grant) => details::grant(&mut page, grant, ctx),
    }
    envoy::section(&mut page, row, ctx);
    page
}

fn show(page: &mut Page, branch: &Branch) {
    let indent = "  ".repeat(branch.depth);
    let fold = match branch.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let start = vec![
        (format!("{indent}{fold}"), Role::Muted),
        signs::before(branch.sign),
        (format!("{} ", branch.kind), Role::Muted),
    ];
    page.hanging(
        2 * branch.depth + 6,
        start,
        branch.text.as_str(),
        Role::Text,
    );
    page.spot(branch.spot.as_str());
    for advice in &branch.advice {
        advised(page, branch.depth, advice);
    }
}

/// What is not well, and below it the next step.
fn advised(page: &mut Page, depth: usize, advice: &Advice) {
    let indent = "  ".repeat(depth + 2);
    if !advice.why.is_empty() {
        page.item(
            vec![(indent.clone(), Role::Muted)],
            advice.why.as_str(),
            Role::Warn,
        );
    }
    if !advice.next.is_empty() {
        page.item(
            vec![(format!("{indent}→ "), Role::Muted)],
            advice.next.as_str(),
            Role::Text,
        );
    }
}

//! A problem as a person reads it: what did not work, the other side's own words, what to do.

use super::signs;
use crate::domain::problem::Problem;
use crate::theme::Role;
use crate::ui::widgets::page::Page;

/// Writes all of a problem onto a page.
pub(super) fn problem(page: &mut Page, problem: &Problem) {
    page.item(
        vec![signs::before(signs::BAD)],
        problem.title.as_str(),
        Role::Bad,
    );
    let indent = || vec![("  ".to_owned(), Role::Muted)];
    for line in problem.detail.lines() {
        page.item(indent(), line, Role::Text);
    }
    if let Some(id) = &problem.request_id {
        page.item(
            vec![("  request ".to_owned(), Role::Muted)],
            id.as_str(),
            Role::Muted,
        );
    }
    if !problem.next.is_empty() {
        page.item(
            vec![("→ ".to_owned(), Role::Accent)],
            problem.next.as_str(),
            Role::Text,
        );
    }
}

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
    for line in evidence(problem).lines() {
        page.item(indent(), line, Role::Text);
    }
    if !problem.next.is_empty() {
        page.item(
            vec![("→ ".to_owned(), Role::Accent)],
            problem.next.as_str(),
            Role::Text,
        );
    }
    // Last: it is for a report, and what to do must be seen on a small screen.
    if let Some(id) = &problem.request_id {
        page.item(
            vec![("  request ".to_owned(), Role::Muted)],
            id.as_str(),
            Role::Muted,
        );
    }
}

/// The other side's words, without the request's identifier that stands in a line of its own.
fn evidence(problem: &Problem) -> String {
    let Some(id) = &problem.request_id else {
        return problem.detail.clone();
    };
    problem
        .detail
        .replace(&format!(" (opc-request-id {id})"), "")
}

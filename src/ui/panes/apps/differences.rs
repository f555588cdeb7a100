//! What a resource is against what was applied, below its row.

use super::super::signs;
use crate::domain::application::AppResource;
use crate::domain::comparison::{Basis, Compared, Difference, SecretKey, Standing};
use crate::domain::line::Line;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Tells what was found of `resource`.
pub(super) fn differences(
    page: &mut Page,
    resource: &AppResource,
    (depth, ctx): (usize, &Ctx<'_>),
) {
    let start = || vec![(" ".repeat(7 + 2 * depth), Role::Muted)];
    let Some((at, found)) = ctx.store.comparisons.get(&resource.into()) else {
        page.item(start(), format!("{} looking", signs::BUSY.0), Role::Busy);
        return;
    };
    let ago = ctx.moment.since(*at);
    match found {
        Compared::Missing => page.item(start(), "it is not in the cluster", Role::Warn),
        Compared::Cannot { why } => {
            page.item(start(), format!("not compared: {why}"), Role::Muted);
        }
        Compared::Keys { keys } => {
            page.item(start(), of_keys(keys, &ago), Role::Muted);
            for SecretKey { name, standing } in keys {
                let role = if *standing == Standing::Equal {
                    Role::Text
                } else {
                    Role::Warn
                };
                page.item(start(), format!("{name}: {standing}"), role);
            }
        }
        Compared::Fields { basis, differences } => {
            page.item(start(), heading(*basis, differences, &ago), Role::Muted);
            for each in differences {
                let role = if *basis == Basis::LastApplied {
                    Role::Warn
                } else {
                    Role::Text
                };
                page.item(start(), one(each), role);
            }
        }
    }
}

fn heading(basis: Basis, differences: &[Difference], ago: &str) -> String {
    const GIT: &str = "what Git wants now is in Argo CD's repo-server only";
    match (basis, differences.len()) {
        (Basis::LastApplied, 0) => {
            format!("as it was applied last, {ago} ago; {GIT}")
        }
        (Basis::LastApplied, 1) => format!("1 field is not as it was applied last ({GIT}):"),
        (Basis::LastApplied, several) => {
            format!("{several} fields are not as they were applied last ({GIT}):")
        }
        (Basis::Owners, 0) => {
            format!("nobody but Argo CD has set a field of it, {ago} ago; {GIT}")
        }
        (Basis::Owners, _) => format!("fields that others than Argo CD have set ({GIT}):"),
    }
}

/// Values stay where they are: what is told of them is whether they agree.
fn of_keys(keys: &[SecretKey], ago: &str) -> String {
    let other = keys.iter().filter(|it| it.standing != Standing::Equal);
    let compared = "compared with what was applied last, values are not shown";
    match other.count() {
        0 => format!("all keys are as applied, {ago} ago ({compared}):"),
        1 => format!("1 key is not as applied ({compared}):"),
        several => format!("{several} keys are not as applied ({compared}):"),
    }
}

fn one(difference: &Difference) -> String {
    let value = |it: &Option<Line>| it.as_ref().map_or("nothing".to_owned(), Line::to_string);
    let Difference {
        field,
        applied,
        live,
        by,
    } = difference;
    let mut said = match applied {
        Some(_) => format!("{field}: {} → {}", value(applied), value(live)),
        None => format!("{field}: {}", value(live)),
    };
    if !by.is_empty() {
        said = format!("{said}, by {by}");
    }
    said
}

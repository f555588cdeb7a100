//! Fields that are not as the configuration says: what was found, what is wanted, how it comes back.

use super::said::how;
use crate::domain::plan::{Drift, Remedy};
use crate::theme::Role;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::{cut, width};

/// A heading, and what stands below it.
type Column = (&'static str, fn(&Drift) -> &str);

/// Blanks between two columns.
const GAP: usize = 2;

/// Writes the fields as a table where the cells suffice for it, and else each below the other: no
/// value is cut.
pub(super) fn table(page: &mut Page, drift: &[Drift], cells: usize) {
    if drift.is_empty() {
        return;
    }
    page.heading("Drift");
    let columns: [Column; 4] = [
        ("field", |it| &it.field),
        ("found", |it| &it.found),
        ("wanted", |it| &it.wanted),
        ("is restored", |it| how(it.remedy)),
    ];
    let wide = columns.map(|(title, value)| {
        let values = drift.iter().map(|it| width(value(it)));
        values.max().unwrap_or(0).max(width(title))
    });
    if wide.iter().sum::<usize>() + GAP * 3 > cells {
        for each in drift {
            listed(page, each);
        }
        return;
    }
    let line = |texts: [&str; 4], roles: [Role; 4]| {
        let parts = texts.iter().zip(wide).zip(roles);
        let padded = |((text, wide), role): ((&&str, usize), Role)| {
            let blanks = wide.saturating_sub(width(text)) + GAP;
            (format!("{text}{}", " ".repeat(blanks)), role)
        };
        parts.map(padded).collect::<Vec<_>>()
    };
    page.row(line(columns.map(|(title, _)| title), [Role::Muted; 4]));
    for each in drift {
        let texts = columns.map(|(_, value)| value(each));
        page.row(line(texts, [Role::Title, Role::Warn, Role::Ok, Role::Text]));
    }
}

/// Why some of the fields are not restored.
pub(super) fn left(page: &mut Page, drift: &[Drift]) {
    if drift.iter().any(|it| it.remedy == Remedy::Leave) {
        page.item(
            vec![signs::before(signs::WARN)],
            "What was changed outside is left as it is where the configuration asks for nothing \
             else.",
            Role::Text,
        );
    }
}

fn listed(page: &mut Page, drift: &Drift) {
    page.item(
        vec![(format!("{}  ", cut(&drift.field, 60)), Role::Title)],
        how(drift.remedy),
        Role::Text,
    );
    let sides = [
        ("  found   ", &drift.found, Role::Warn),
        ("  wanted  ", &drift.wanted, Role::Ok),
    ];
    for (name, value, role) in sides {
        page.item(vec![(name.to_owned(), Role::Muted)], value.as_str(), role);
    }
}

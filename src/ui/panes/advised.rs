//! What is not well and the next step, as every full view writes it.

use super::signs;
use crate::domain::advice::Advice;
use crate::theme::Role;
use crate::ui::widgets::page::Page;

/// Writes each piece of advice: its sentence, and below it what to do.
pub(super) fn all(page: &mut Page, advice: &[Advice]) {
    for each in advice {
        let start = vec![signs::before(signs::severity(each.severity))];
        page.item(start, each.why.as_str(), Role::Warn);
        if !each.next.is_empty() {
            let start = vec![("→ ".to_owned(), Role::Accent)];
            page.item(start, each.next.as_str(), Role::Text);
        }
    }
}

//! The whole of what stands beside the steps: what planning does at this moment, the note of the
//! phase, what is only written down, and what else to know before anything is made.

use jiff::Timestamp;

use super::capacity::Room;
use super::note;
use super::phase::Phase;
use crate::command::Command;
use crate::domain::plan::Plan;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// The page for a phase that was come to at `since`.
pub(super) fn page(phase: Phase, since: Option<Timestamp>, room: Room, ctx: &Ctx<'_>) -> Page {
    let planned = ctx.store.plan.as_ref();
    let plan = planned.filter(|_| matches!(phase, Phase::Planned | Phase::Beyond));
    let Some(now) = &ctx.store.planning else {
        let mut page = note::page(phase, since, room, ctx);
        if let Some(plan) = plan {
            also(&mut page, plan);
        }
        return page;
    };
    let mut page = Page::default();
    let text = capital(&now.to_string());
    page.item(vec![signs::before(signs::BUSY)], text, Role::Text);
    let does = "stops looking; nothing was made";
    note::press(&mut page, Command::Stop, does, ctx);
    page
}

/// What changes nothing in the cloud, and what is to be known all the same.
fn also(page: &mut Page, plan: &Plan) {
    if let Some(note) = &plan.note {
        page.item(vec![signs::before(signs::WARN)], note.as_ref(), Role::Warn);
    }
    if plan.records.is_empty() {
        return;
    }
    page.heading("Only for Terraform's state");
    for record in &plan.records {
        page.item(
            vec![("· ".to_owned(), Role::Muted)],
            record.as_str(),
            Role::Text,
        );
    }
    if plan.is_empty() {
        page.item(
            vec![("→ ".to_owned(), Role::Accent)],
            "`k3scope apply` writes it down; nothing in the cloud changes for it",
            Role::Text,
        );
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

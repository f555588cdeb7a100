//! The full view of an Application.

use super::super::advised;
use super::super::signs::{self, before, dated};
use super::operation::{operation, who};
use super::resources::resources;
use super::{short, spot, waiting};
use crate::domain::application::{AppCondition, AppSource, Application};
use crate::domain::line::Line;
use crate::store::{delivery, failures};
use crate::theme::Role;
use crate::ui::list::Opened;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Everything about an Application.
pub(super) fn page(row: &Application, opened: &Opened, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let state = format!("{} · {}", row.health, row.sync);
    page.item(vec![before(signs::health(row.health))], state, Role::Title);
    goings_on(&mut page, row, ctx);
    advised::all(&mut page, &failures::application(ctx.store, row));
    page.blank();
    settings(&mut page, row, ctx);
    for each in &row.conditions {
        condition(&mut page, row, each, ctx);
    }
    if delivery::is_changed_behind(row) {
        page.heading("Changed after the sync");
        page.styled(
            "It differs from a revision whose sync went well: something in the cluster changes it \
             after Argo CD has applied it.",
            Role::Warn,
        );
        next(
            &mut page,
            "open the resource that is OutOfSync to see which field; where a controller keeps it, name \
             it under ignoreDifferences (a change of it by hand is then not seen either)",
        );
    }
    operation(&mut page, row, ctx);
    resources(&mut page, row, opened, ctx);
    history(&mut page, row, ctx);
    signs::recent_events(&mut page, "Application", &row.id, ctx);
    page
}

/// What goes on now, in a line or two.
fn goings_on(page: &mut Page, row: &Application, ctx: &Ctx<'_>) {
    let start = || vec![("  ".to_owned(), Role::Text)];
    if let Some(action) = ctx.store.actions.under_way("Application", &row.id) {
        page.item(vec![before(signs::BUSY)], action.doing(), Role::Busy);
    }
    if row.asked && !row.is_syncing() {
        page.item(
            start(),
            "an operation stands in it and waits to be taken up",
            Role::Busy,
        );
    }
    if row.paused {
        page.item(
            start(),
            "automated sync was paused by a rollback and can be put back (a, u)",
            Role::Warn,
        );
    }
    if waiting(row, ctx).is_none() {
        return;
    }
    for (wave, earlier, names) in delivery::waits(ctx.store) {
        let names: Vec<&str> = names.iter().map(Line::as_str).collect();
        let text = format!("wave {wave} waits for {earlier}: {}", names.join(", "));
        page.item(vec![before(signs::HELD)], text, Role::Text);
    }
}

fn settings(page: &mut Page, row: &Application, ctx: &Ctx<'_>) {
    signs::namespace(page, &row.id);
    page.field("Project", row.project.as_str());
    page.field("Wave", row.wave.to_string());
    if let Some(parent) = &row.parent {
        page.field("Made by", parent.as_str());
    }
    let several = row.sources.len() > 1;
    for (number, source) in row.sources.iter().enumerate() {
        let revision = row.revisions.get(number).filter(|_| several);
        let at = revision.map_or_else(String::new, |it| format!(" · {}", short(it)));
        page.field("Source", format!("{}{at}", said(source)));
    }
    let destination = &row.destination;
    if !destination.cluster.is_empty() {
        page.field(
            "Into",
            format!("{} / {}", destination.cluster, destination.namespace),
        );
    }
    page.field("Sync policy", policy(row));
    if !several {
        page.field(
            "Revision",
            row.revision().map_or("", |revision| revision.as_str()),
        );
    }
    dated(page, "Compared", row.reconciled, ctx);
    for url in &row.urls {
        page.field_as("Address", url.as_str(), Role::Accent);
    }
}

fn said(source: &AppSource) -> String {
    let what = if source.chart.is_empty() {
        &source.path
    } else {
        &source.chart
    };
    format!("{} {what} @ {}", source.repo, source.target)
}

fn policy(row: &Application) -> String {
    let Some(auto) = row.auto_sync else {
        return "by hand".to_owned();
    };
    let mut said = if auto.enabled {
        "automatic"
    } else {
        "automatic, paused"
    }
    .to_owned();
    if auto.prune {
        said.push_str(", prunes");
    }
    if auto.self_heal {
        said.push_str(", heals itself");
    }
    said
}

fn condition(page: &mut Page, row: &Application, condition: &AppCondition, ctx: &Ctx<'_>) {
    let since = condition
        .since
        .map_or_else(String::new, |at| format!(" · {}", ctx.moment.since(at)));
    page.heading(format!("{}{since}", condition.kind));
    let role = if condition.is_error() {
        Role::Bad
    } else {
        Role::Warn
    };
    page.styled(condition.message.as_str(), role);
    meaning(page, row, &condition.message, ctx);
}

/// What a sentence of Argo CD means and what to do about it, where that is known.
pub(super) fn meaning(page: &mut Page, row: &Application, sentence: &str, ctx: &Ctx<'_>) {
    if let Some(found) = failures::sentence(ctx.store, row, sentence) {
        page.styled(found.why, Role::Text);
        next(page, &found.next);
    }
}

fn next(page: &mut Page, text: &str) {
    page.item(vec![("→ ".to_owned(), Role::Accent)], text, Role::Text);
}

fn history(page: &mut Page, row: &Application, ctx: &Ctx<'_>) {
    if row.history.is_empty() {
        return;
    }
    page.heading("History");
    for deployment in row.history.iter().rev() {
        let when = deployment
            .at
            .map_or_else(String::new, |at| ctx.moment.full(at));
        let mut revision = short(&deployment.revision).to_owned();
        for other in &deployment.others {
            revision = format!("{revision}, {}", short(other));
        }
        let start = vec![(format!("{:>4}  ", deployment.id), Role::Muted)];
        let text = format!("{when}  {revision}  {}", who(&deployment.by));
        page.item(start, text, Role::Text);
        page.spot(spot::of_deployment(deployment));
    }
}

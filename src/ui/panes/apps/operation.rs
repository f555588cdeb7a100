//! The sync that runs, or the last one: how far it is, and what became of each resource.

use super::super::signs::{self, Sign, before, dated};
use super::page::meaning;
use super::short;
use crate::domain::application::{AppCondition, Application, Operation, Phase, SyncResult};
use crate::domain::argo_words;
use crate::domain::sync_progress::{Progress, progress};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Tells of the operation, where there was one.
pub(super) fn operation(page: &mut Page, app: &Application, ctx: &Ctx<'_>) {
    let Some(operation) = &app.operation else {
        return;
    };
    let runs = matches!(operation.phase, Phase::Running | Phase::Terminating);
    page.heading(if runs { "Sync under way" } else { "Last sync" });
    let said = summary(operation, progress(app), runs);
    let sign = signs::phase(operation.phase);
    page.item(vec![before(sign)], said, Role::Text);
    page.field("Message", operation.message.as_str());
    let failed = matches!(operation.phase, Phase::Failed | Phase::Error) || operation.retries > 0;
    // A condition that repeats the sentence has said already what it means.
    let means = argo_words::meaning(&operation.message);
    let is_told = |it: &AppCondition| argo_words::meaning(&it.message) == means;
    if failed && !app.conditions.iter().any(is_told) {
        meaning(page, app, &operation.message, ctx);
    }
    page.field("Revision", short(&operation.revision));
    page.field("Asked by", who(&operation.by));
    dated(page, "Began", operation.started, ctx);
    let ended = if runs { "Tried until" } else { "Ended" };
    dated(page, ended, operation.finished, ctx);
    let shown = operation.results.iter();
    // Of a sync that went well, only what is not as expected is worth a line.
    let shown = shown.filter(|it| runs || operation.dry_run || is_odd(it) || operation.chosen > 0);
    for result in shown {
        one(page, result);
    }
}

/// Who asked; Argo CD itself where nobody is named.
pub(super) fn who(by: &str) -> &str {
    if by.is_empty() { "Argo CD" } else { by }
}

fn summary(operation: &Operation, progress: Option<Progress<'_>>, runs: bool) -> String {
    let mut said = operation.phase.to_string();
    if operation.dry_run {
        said.push_str(" · dry run, nothing is changed");
    }
    if operation.retries > 0 {
        said = format!("{said} after {} retries", operation.retries);
    }
    let Some(progress) = progress.filter(|it| it.of > 0) else {
        return said;
    };
    if runs || operation.chosen > 0 {
        said = format!("{said} · {} of {} resources", progress.done, progress.of);
    }
    if !runs {
        return said;
    }
    if let Some(wave) = progress.wave {
        said = format!("{said} · in wave {wave}");
    }
    match (progress.next, progress.waits_for) {
        (Some(next), Some(awaited)) => {
            format!("{said} · wave {next} {} waits for {awaited}", signs::HELD.0)
        }
        (None, Some(awaited)) => format!("{said} · waits for {awaited}"),
        (_, None) => said,
    }
}

fn is_odd(result: &SyncResult) -> bool {
    !matches!(
        result.status.as_str(),
        "Synced" | "Succeeded" | "Running" | ""
    )
}

fn sign(result: &SyncResult) -> Sign {
    match result.status.as_str() {
        "Synced" | "Pruned" | "Succeeded" => signs::OK,
        "PruneSkipped" => signs::WARN,
        "Running" | "" => signs::BUSY,
        _ => signs::BAD,
    }
}

fn one(page: &mut Page, result: &SyncResult) {
    let sign = sign(result);
    let start = vec![
        before(sign),
        (format!("{} ", result.kind), Role::Muted),
        (format!("{}  ", result.id), Role::Text),
    ];
    let role = if sign == signs::BAD {
        Role::Bad
    } else {
        Role::Muted
    };
    let message = if result.message.is_empty() {
        &result.status
    } else {
        &result.message
    };
    page.hanging(4, start, message.as_str(), role);
}

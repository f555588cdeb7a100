//! A run that is over: what was done, what failed with the provider's own words, what to do next.

use super::capacity;
use super::note::{press, steps};
use super::steps::Steps;
use crate::command::Command;
use crate::domain::plan::{Counts, Operation, Plan};
use crate::domain::provision::Outcome;
use crate::domain::tree::name;
use crate::store::run::Progress;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// Writes what came of the run.
pub(super) fn write(page: &mut Page, outcome: Outcome, ctx: &Ctx<'_>) {
    let Some(run) = &ctx.store.run else { return };
    let done = run.outcome.map(|(_, counts)| counts).unwrap_or_default();
    let destroys = run.plan.operation == Operation::Destroy;
    let (sign, text) = match (outcome, destroys) {
        (Outcome::Done, false) => (signs::OK, "The network and the nodes are there"),
        (Outcome::Done, true) => (signs::OK, "Everything that bears the cluster's tag is gone"),
        (Outcome::Failed, false) => (signs::BAD, "Not everything could be made"),
        (Outcome::Failed, true) => (signs::BAD, "Not everything could be removed"),
        (Outcome::Interrupted, false) if run.was_forced() => {
            (signs::WARN, "Forced to stop, whatever was under way")
        }
        (Outcome::Interrupted, false) => {
            (signs::HELD, "Stopped; nothing was made that is not known")
        }
        (Outcome::Interrupted, true) => (signs::HELD, "Stopped; the rest is still there"),
    };
    let text = format!("{text}: {}", in_words(done));
    page.item(vec![signs::before(sign)], text, Role::Text);
    match (outcome, destroys) {
        (Outcome::Done, false) => {
            press(page, Command::Proceed, "follows how the nodes come up", ctx);
        }
        (Outcome::Failed | Outcome::Interrupted, false) => {
            press(page, Command::Retry, "goes on from here", ctx);
        }
        (Outcome::Failed | Outcome::Interrupted, true) => page.item(
            vec![("→ ".to_owned(), Role::Accent)],
            "`k3scope destroy` goes on from here",
            Role::Text,
        ),
        (Outcome::Done, true) => {}
    }
    if let Some(steps) = Steps::of(ctx.store) {
        capacity::summary(page, steps, ctx);
    }
    for (step, far) in steps(ctx) {
        if let Progress::Failed(met) = &far.progress {
            page.heading(name(step));
            problem(page, met);
        }
    }
    spared(page, &run.plan);
}

/// Counts, without those that are nothing.
fn in_words(done: Counts) -> String {
    let counts = [
        (done.create, "made"),
        (done.import, "taken over"),
        (done.update, "changed back"),
        (done.delete, "removed"),
        (done.keep, "were there"),
    ];
    let words: Vec<String> = (counts.iter())
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match words.as_slice() {
        [] => "nothing was done".to_owned(),
        words => words.join(", "),
    }
}

/// What a run that takes everything away does not touch, each with why.
pub(super) fn spared(page: &mut Page, plan: &Plan) {
    if plan.spared.is_empty() {
        return;
    }
    page.heading("Stays");
    for each in &plan.spared {
        page.item(
            vec![signs::before(signs::WARN)],
            format!("{}: {}", each.what, each.why),
            Role::Text,
        );
    }
}

//! A run that is being stopped: what it waits for, the question before it is forced, and what a forced
//! one left behind.

use super::note::press;
use crate::command::Command;
use crate::domain::journey::Begin;
use crate::domain::provision::Lacking;
use crate::domain::tree::name;
use crate::effect::{Confirmation, Effect};
use crate::store::run::{Run, Stop};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// What must be typed before Terraform is ended at once.
const FORCE: &str = "force";

/// Whether the run could be ended at once: it is Terraform's, and stopping.
pub(super) fn can_force(run: &Run) -> bool {
    run.outcome.is_none() && run.stop == Some(Stop::Asked { can_force: true })
}

/// What a run that is being stopped waits for, and the keys for that.
pub(super) fn waiting(page: &mut Page, run: &Run, stop: &Stop, ctx: &Ctx<'_>) {
    let text = match (stop, under_way(run, ctx).as_slice()) {
        (Stop::Forced { .. }, _) => "Forced: Terraform leaves what it was doing".to_owned(),
        (Stop::Asked { .. }, []) => "Stopping: nothing is under way any more".to_owned(),
        (Stop::Asked { .. }, names) => format!("Stopping: waiting for {}", names.join(", ")),
    };
    page.item(vec![signs::before(signs::HELD)], text, Role::Text);
    if can_force(run) {
        let does = "does not wait for it, after a question";
        press(page, Command::Force, does, ctx);
    }
}

/// What is under way, each with how long it has been.
fn under_way(run: &Run, ctx: &Ctx<'_>) -> Vec<String> {
    run.under_way()
        .map(|(step, since)| format!("{} ({})", name(step), ctx.moment.running(since)))
        .collect()
}

/// Asks whether Terraform is to leave at once.
pub(super) fn force(ctx: &Ctx<'_>) -> Vec<Effect> {
    let run = ctx.store.run.as_ref().filter(|run| can_force(run));
    let question = run.map(|run| Effect::Confirm(Box::new(question(run, ctx))));
    question.into_iter().collect()
}

fn question(run: &Run, ctx: &Ctx<'_>) -> Confirmation {
    let says = [
        ("What", "Terraform leaves at once, and waits for nothing".to_owned()),
        ("Under way", under_way(run, ctx).join("\n")),
        (
            "May leak",
            "each of these may come to exist without the state knowing it. It then costs what it \
             costs, and the next apply is refused"
                .to_owned(),
        ),
        (
            "Or else",
            "wait, or quit k3scope and press Ctrl-C there: Terraform goes on to its end by itself, \
             and the next start follows it"
                .to_owned(),
        ),
    ];
    Confirmation {
        title: "Do not wait for what is under way".to_owned(),
        says: (says.into_iter())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        undo: "`k3scope render --import` takes over what is there then; `k3scope apply` goes on"
            .to_owned(),
        typed: Some(FORCE.to_owned()),
        yes: "end Terraform now".to_owned(),
        then: vec![Effect::Begin(Begin::Force)],
    }
}

/// What a forced end left behind, as far as it is known.
pub(super) fn left(page: &mut Page, run: &Run) {
    if !run.was_forced() {
        return;
    }
    match run.lacking.as_deref() {
        None => page.item(
            vec![signs::before(signs::BUSY)],
            "The cloud is looked at: what is there, and does the state know it?",
            Role::Busy,
        ),
        Some([]) => page.item(
            vec![signs::before(signs::OK)],
            "The state knows all that bears the cluster's tags by now. What was asked for last may \
             still come: the next look tells",
            Role::Text,
        ),
        Some(lacking) => taken_over(page, run, lacking),
    }
    page.blank();
}

fn taken_over(page: &mut Page, run: &Run, lacking: &[Lacking]) {
    page.item(
        vec![signs::before(signs::WARN)],
        "This is there, and Terraform's state does not know it:",
        Role::Warn,
    );
    for resource in lacking {
        let text = format!("{}  {}", run.name(&resource.key), resource.id);
        page.item(vec![("  ".to_owned(), Role::Muted)], text, Role::Text);
    }
    page.item(
        vec![("→ ".to_owned(), Role::Accent)],
        "`k3scope render --import` takes it over into tf-k3s/; until then the next apply is refused",
        Role::Text,
    );
}

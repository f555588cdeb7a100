//! What stands beside the steps: what it costs, what differs, what is in the way, what to press.

use jiff::{SignedDuration, Timestamp};

use super::capacity::Room;
use super::phase::Phase;
use super::question::{counted, fits};
use super::said::{fields, names, sign};
use super::steps::{Deed, Steps};
use super::{capacity, ended, gauges, replace, stopped};
use crate::command::Command;
use crate::domain::allowance::AllowanceCheck;
use crate::domain::critical_path::{Ahead, CriticalPath, critical_path};
use crate::domain::plan::{Action, Plan, Remedy, Step};
use crate::domain::tree::name;
use crate::keymap::{Context, Sequence};
use crate::store::hunt::Hunt;
use crate::store::run::{Progress, Run, StepRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// The page for a phase that was come to at `since`.
pub(super) fn page(phase: Phase, since: Option<Timestamp>, room: Room, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    met(&mut page, since, ctx);
    match phase {
        Phase::Unplanned => unplanned(&mut page, ctx),
        Phase::Planned => {
            if let Some(plan) = &ctx.store.plan {
                planned(&mut page, plan, ctx);
                gauges::write(&mut page, &plan.allowance);
            }
        }
        Phase::Beyond => {
            if let Some(plan) = &ctx.store.plan {
                beyond(&mut page, &plan.allowance, ctx);
                gauges::write(&mut page, &plan.allowance);
            }
        }
        Phase::Running => running(&mut page, room, ctx),
        Phase::Ended(outcome) => {
            if let Some(run) = &ctx.store.run {
                stopped::left(&mut page, run);
            }
            ended::write(&mut page, outcome, ctx);
            if let Some(steps) = Steps::of(ctx.store) {
                capacity::details(&mut page, steps, room, ctx);
            }
        }
    }
    page
}

/// From when on problems belong to `phase`, which was come to just now. What a run met as a whole it
/// tells before its end.
pub(super) fn since(phase: Phase, ctx: &Ctx<'_>) -> Timestamp {
    let run = ctx.store.run.as_ref();
    let ended = run.filter(|_| matches!(phase, Phase::Ended(_)));
    ended.map_or_else(|| ctx.moment.now(), |run| run.started)
}

/// A key and what it does here.
pub(super) fn press(page: &mut Page, command: Command, does: &str, ctx: &Ctx<'_>) {
    let key = ctx.keymap.first(&[Context::Journey], command);
    let key = key.map(Sequence::shown).unwrap_or_default();
    page.item(vec![(format!("{key} "), Role::Accent)], does, Role::Text);
}

/// The steps of the run.
pub(super) fn steps<'a>(ctx: &Ctx<'a>) -> impl Iterator<Item = (&'a Step, &'a StepRun)> {
    let run = ctx.store.run.as_ref();
    let steps = |run: &'a Run| run.plan.steps.iter().zip(&run.steps);
    run.into_iter().flat_map(steps)
}

/// The problem that the session met last, unless it belongs to what is over.
fn met(page: &mut Page, since: Option<Timestamp>, ctx: &Ctx<'_>) {
    let newest = ctx.store.log.problems().next_back();
    if let Some((_, met)) = newest.filter(|(at, _)| since.is_none_or(|since| *at >= since))
        && !steps(ctx).any(|(_, far)| far.progress == Progress::Failed(met.clone()))
    {
        problem(page, met);
        page.blank();
    }
}

fn unplanned(page: &mut Page, ctx: &Ctx<'_>) {
    page.item(
        vec![signs::before(signs::NONE)],
        "What there is and what is missing is not known yet",
        Role::Muted,
    );
    press(
        page,
        Command::Proceed,
        "looks at what there is in the cloud",
        ctx,
    );
}

fn planned(page: &mut Page, plan: &Plan, ctx: &Ctx<'_>) {
    let check = &plan.allowance;
    if plan.is_empty() {
        let text = match plan.unrestored().count() {
            0 => "Everything is there already",
            _ => "Everything is there, but not all of it as it should be",
        };
        page.item(vec![signs::before(signs::OK)], text, Role::Text);
        press(page, Command::Proceed, "follows how the nodes come up", ctx);
    } else {
        deeds(page, plan);
        let path = critical_path(plan, |at| {
            plan.steps.get(at).map_or(Ahead::Nothing, Ahead::of)
        });
        if let Some(path) = path {
            let text = format!("It took {} in earlier runs", about(&path));
            page.item(vec![("  ".to_owned(), Role::Muted)], text, Role::Muted);
        }
        let does = if check.costs_more() {
            format!("does it for {}, and asks you first", check.price())
        } else {
            "does it; nothing of it costs money".to_owned()
        };
        press(page, Command::Proceed, &does, ctx);
    }
    unrestored(page, plan, ctx);
    if check.costs_more() {
        let text = format!(
            "Over what is free: {}; {}",
            check.over().join(", "),
            fits(check)
        );
        page.item(vec![signs::before(signs::WARN)], text, Role::Warn);
    }
}

/// What will be done, a line for each kind of deed.
fn deeds(page: &mut Page, plan: &Plan) {
    for (deed, word) in [
        (Deed::Make, "To make"),
        (Deed::TakeOver, "To take over as it is"),
        (Deed::Replace, "To replace"),
        (Deed::Remove, "To remove"),
    ] {
        let things = counted(plan, deed);
        if !things.is_empty() {
            let sign = signs::before(sign(deed));
            page.item(vec![sign], format!("{word}: {things}"), Role::Text);
        }
    }
    for step in plan.steps.iter().filter(|it| it.action == Action::Update) {
        let restarts = step.drift.iter().any(|it| it.remedy == Remedy::Restart);
        let how = if restarts { ", which restarts it" } else { "" };
        let text = format!(
            "{} is changed back{how}: {}",
            name(step),
            fields(&step.drift)
        );
        page.item(vec![signs::before(sign(Deed::Restore))], text, Role::Text);
    }
    ended::spared(page, plan);
}

/// What differs and will not be restored, and the key that replaces it.
fn unrestored(page: &mut Page, plan: &Plan, ctx: &Ctx<'_>) {
    let mut count = 0;
    for step in plan.unrestored() {
        let text = format!(
            "{} stays as it is: only a replacement restores {}",
            name(step),
            fields(&step.drift)
        );
        page.item(vec![signs::before(signs::WARN)], text, Role::Warn);
        count += 1;
    }
    match (count, replace::meant(plan, None)) {
        (0, _) => {}
        (_, Some(only)) => {
            let does = format!("replaces {}, and asks you first", name(only));
            press(page, Command::Replace, &does, ctx);
        }
        (_, None) => {
            let which = names(plan.unrestored());
            let does = format!("replaces the one that is selected ({which}), and asks you first");
            press(page, Command::Replace, &does, ctx);
        }
    }
}

fn beyond(page: &mut Page, check: &AllowanceCheck, ctx: &Ctx<'_>) {
    for lacking in check.beyond_limits() {
        page.item(
            vec![signs::before(signs::BAD)],
            format!("The tenancy's limits have no room: {lacking}"),
            Role::Bad,
        );
    }
    page.item(
        vec![("→ ".to_owned(), Role::Accent)],
        "Choose a smaller layout, remove what else uses A1 there, or ask Oracle for a higher limit",
        Role::Text,
    );
    press(page, Command::Retry, "looks again", ctx);
}

fn running(page: &mut Page, room: Room, ctx: &Ctx<'_>) {
    let Some((run, steps)) = ctx.store.run.as_ref().zip(Steps::of(ctx.store)) else {
        return;
    };
    capacity::summary(page, steps, ctx);
    retries(page, ctx);
    if let Some(path) = run.time_left(ctx.moment.now()) {
        let longest = steps.called(path.steps.iter().copied()).join(", ");
        let text = format!("{} left: {longest}", capital(&about(&path)));
        page.item(vec![signs::before(signs::BUSY)], text, Role::Text);
    }
    if let Some(stop) = &run.stop {
        stopped::waiting(page, run, stop, ctx);
    } else if !run.hunt.as_ref().is_some_and(Hunt::is_on) {
        // While a host is hunted, the footer's word for it must do: every line counts.
        let does = "stops; the next start goes on from there";
        press(page, Command::Stop, does, ctx);
    }
    capacity::details(page, steps, room, ctx);
    ended::spared(page, &run.plan);
}

/// Refusals that are being waited out, each with its answer in full. Those of a hunt stand there.
fn retries(page: &mut Page, ctx: &Ctx<'_>) {
    let Some(shown) = Steps::of(ctx.store) else {
        return;
    };
    for (at, (step, far)) in steps(ctx).enumerate() {
        if let Progress::Retrying { reason, at: next } = &far.progress
            && !shown.is_hunted(at)
        {
            page.item(
                vec![signs::before(signs::HELD)],
                format!("{}: again in {}", name(step), ctx.moment.until(*next)),
                Role::Warn,
            );
            page.item(
                vec![("  ".to_owned(), Role::Muted)],
                reason.as_str(),
                Role::Text,
            );
        }
    }
}

/// A length as an estimate is told: no more exactly than it is known.
pub(super) fn about(path: &CriticalPath) -> String {
    let step = match path.seconds {
        0..60 => 5,
        60..600 => 15,
        _ => 60,
    };
    let rounded = path.seconds.div_ceil(step).saturating_mul(step);
    let length = SignedDuration::from_secs(i64::try_from(rounded).unwrap_or(i64::MAX));
    let word = if path.whole { "about" } else { "at least" };
    format!("{word} {}", lasted(length))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

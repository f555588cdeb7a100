//! What stands beside the steps: what it costs, what is in the way, what to press.

use jiff::Timestamp;

use super::phase::Phase;
use super::question::made;
use super::tree::name;
use crate::command::Command;
use crate::domain::allowance::AllowanceCheck;
use crate::domain::plan::{Plan, Step};
use crate::domain::provision::Outcome;
use crate::keymap::{Context, Sequence};
use crate::store::run::{Progress, Run, StepRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// Cells of a gauge.
const GAUGE: u32 = 16;

/// The page for a phase that was come to at `since`.
pub(super) fn page(phase: Phase, since: Option<Timestamp>, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    met(&mut page, since, ctx);
    match phase {
        Phase::Unplanned => unplanned(&mut page, ctx),
        Phase::Planned => {
            if let Some(plan) = &ctx.store.plan {
                planned(&mut page, plan, ctx);
                gauges(&mut page, &plan.allowance);
            }
        }
        Phase::Beyond => {
            if let Some(plan) = &ctx.store.plan {
                beyond(&mut page, &plan.allowance, ctx);
                gauges(&mut page, &plan.allowance);
            }
        }
        Phase::Running => {
            retries(&mut page, ctx);
            press(
                &mut page,
                Command::Stop,
                "stops; the next start goes on from there",
                ctx,
            );
        }
        Phase::Ended(outcome) => ended(&mut page, outcome, ctx),
    }
    page
}

/// A key and what it does here.
fn press(page: &mut Page, command: Command, does: &str, ctx: &Ctx<'_>) {
    let key = ctx.keymap.first(&[Context::Journey], command);
    let key = key.map(Sequence::shown).unwrap_or_default();
    page.item(vec![(format!("{key} "), Role::Accent)], does, Role::Text);
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
        page.item(
            vec![signs::before(signs::OK)],
            "Everything is there already",
            Role::Text,
        );
        press(page, Command::Proceed, "follows how the nodes come up", ctx);
        return;
    }
    page.item(
        vec![("+ ".to_owned(), Role::Accent)],
        format!("To make: {}", made(plan)),
        Role::Text,
    );
    let does = if check.costs_more() {
        format!("makes it for {}, and asks you first", check.price())
    } else {
        "makes it; nothing of it costs money".to_owned()
    };
    press(page, Command::Proceed, &does, ctx);
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

/// What is used of what is free, as bars.
fn gauges(page: &mut Page, check: &AllowanceCheck) {
    let (total, free) = (check.total(), check.allowance);
    let amounts = [
        ("OCPU", total.ocpus.0, free.ocpus().0, ""),
        ("Memory", total.memory.0, free.memory().0, " GB"),
        ("Boot", total.boot_volumes.0, free.boot_volumes.0, " GB"),
    ];
    for (name, used, free, unit) in amounts {
        let over = used.saturating_sub(free);
        let filled = (used * GAUGE).checked_div(free).unwrap_or(GAUGE).min(GAUGE);
        let role = if over > 0 { Role::Warn } else { Role::Fill };
        let cells = |count: u32, glyph: &str| glyph.repeat(usize::try_from(count).unwrap_or(0));
        let before = vec![
            (format!("{name:7}"), Role::Muted),
            (cells(filled, "━"), role),
            (cells(GAUGE - filled, "─"), Role::Track),
        ];
        let (sign, more) = if over > 0 {
            (signs::WARN.0, format!(" +{over}"))
        } else {
            (signs::OK.0, String::new())
        };
        let text = format!(" {used:>3} of {free}{unit} {sign}{more}");
        page.item(before, text, if over > 0 { Role::Warn } else { Role::Text });
    }
}

/// Refusals that are being waited out, each with its answer in full.
fn retries(page: &mut Page, ctx: &Ctx<'_>) {
    for (step, far) in steps(ctx) {
        if let Progress::Retrying { reason, at } = &far.progress {
            page.item(
                vec![signs::before(signs::HELD)],
                format!("{}: again in {}", name(step), ctx.moment.until(*at)),
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

fn steps<'a>(ctx: &Ctx<'a>) -> impl Iterator<Item = (&'a Step, &'a StepRun)> {
    let run = ctx.store.run.as_ref();
    let steps = |run: &'a Run| run.plan.steps.iter().zip(&run.steps);
    run.into_iter().flat_map(steps)
}

fn ended(page: &mut Page, outcome: Outcome, ctx: &Ctx<'_>) {
    let done = ctx.store.run.as_ref().and_then(|run| run.outcome);
    let done = done.map(|(_, counts)| counts).unwrap_or_default();
    let (sign, text) = match outcome {
        Outcome::Done => (signs::OK, "The network and the nodes are there"),
        Outcome::Failed => (signs::BAD, "Not everything could be made"),
        Outcome::Interrupted => (signs::HELD, "Stopped; nothing was made that is not known"),
    };
    let text = match done.keep {
        0 => format!("{text}: {} made", done.create),
        kept => format!("{text}: {} made, {kept} were there", done.create),
    };
    page.item(vec![signs::before(sign)], text, Role::Text);
    match outcome {
        Outcome::Done => press(page, Command::Proceed, "follows how the nodes come up", ctx),
        Outcome::Failed | Outcome::Interrupted => {
            press(page, Command::Retry, "goes on from here", ctx);
        }
    }
    for (_, far) in steps(ctx) {
        if let Progress::Failed(met) = &far.progress {
            problem(page, met);
        }
    }
}

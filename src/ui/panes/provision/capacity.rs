//! The hunt for a host: who is had and who lacks, when and where the next launch goes out, what each
//! place answered, and how to let it go on without anybody watching.

use jiff::Timestamp;

use super::matrix::{self, answered, in_words};
use super::steps::Steps;
use crate::domain::hunt::{HuntEnd, LaunchAnswer};
use crate::domain::plan::{Action, ResourceKey, ResourceKind};
use crate::domain::tree::name;
use crate::store::hunt::{Hunt, Try};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::cut;

/// The cells of a line, and whether lines are few.
pub(super) type Room = (usize, bool);

/// Older tries that the note shows below the newest.
const OLDER: usize = 40;

/// Writes what matters at a glance: who lacks a host, and when the next launch goes out or how it
/// ended.
pub(super) fn summary(page: &mut Page, steps: Steps<'_>, ctx: &Ctx<'_>) {
    let Some(hunt) = steps.hunt() else { return };
    nodes(page, steps, hunt);
    if hunt.is_on() {
        next(page, steps, hunt, ctx);
        deadline(page, hunt, ctx);
        meaning(page, hunt);
    } else {
        ended(page, hunt, ctx);
    }
}

/// Writes what each place answered, how the hunt goes on unattended, and the newest tries; in a brief
/// form without blank lines.
pub(super) fn details(page: &mut Page, steps: Steps<'_>, (cells, brief): Room, ctx: &Ctx<'_>) {
    let Some(hunt) = steps.hunt() else { return };
    let gap = |page: &mut Page| {
        if !brief {
            page.blank();
        }
    };
    gap(page);
    matrix::write(page, hunt, cells, ctx);
    if hunt.is_on() {
        gap(page);
        unattended(page, steps, hunt, ctx);
    }
    gap(page);
    newest(page, steps, hunt, cells, ctx);
}

/// How a node of the plan is called.
fn called<'a>(steps: Steps<'a>, key: &'a ResourceKey) -> &'a str {
    let step = steps.plan.steps.iter().find(|step| step.key == *key);
    step.map_or(&key.0, name)
}

/// Nodes that were had, and those that still lack a host.
fn nodes(page: &mut Page, steps: Steps<'_>, hunt: &Hunt) {
    let made =
        steps.plan.steps.iter().enumerate().filter(|(_, step)| {
            step.kind == ResourceKind::Instance && step.action == Action::Create
        });
    let (mut had, mut lack) = (Vec::new(), Vec::new());
    for (at, step) in made {
        let settled = steps.far(at).is_some_and(|far| far.ocid.is_some());
        match hunt.had(&step.key) {
            Some(tried) => had.push(format!("{} at {}", name(step), tried.place)),
            None if settled => had.push(name(step).to_owned()),
            None => lack.push(name(step)),
        }
    }
    if !lack.is_empty() {
        let sign = if hunt.is_on() {
            signs::HELD
        } else {
            signs::BAD
        };
        let lacking = format!("No host yet for {}", lack.join(", "));
        page.item(vec![signs::before(sign)], lacking, sign.1);
    }
    if !had.is_empty() {
        let text = format!("Had: {}", had.join(", "));
        page.item(vec![signs::before(signs::OK)], text, Role::Text);
    }
}

fn next(page: &mut Page, steps: Steps<'_>, hunt: &Hunt, ctx: &Ctx<'_>) {
    let Some(next) = &hunt.next else { return };
    let node = called(steps, &next.key);
    if next.at > ctx.moment.now() {
        let wait = ctx.moment.until(next.at);
        page.item(
            vec![
                ("▸ ".to_owned(), Role::Accent),
                (format!("in {wait} "), Role::Title),
            ],
            format!("{node} at {}: {}", next.place, next.because),
            Role::Text,
        );
    } else {
        let text = format!("asking for {node} at {}", next.place);
        page.item(vec![signs::before(signs::BUSY)], text, Role::Busy);
    }
}

/// How many tries there were, how long it has gone on, and when it is given up.
fn deadline(page: &mut Page, hunt: &Hunt, ctx: &Ctx<'_>) {
    let tries = match hunt.tried {
        1 => "1 try".to_owned(),
        tries => format!("{tries} tries"),
    };
    let since = hunt
        .began
        .map(|began| format!(" in {}", ctx.moment.running(began)));
    let until = match hunt.until {
        Some(until) => format!(
            " · gives up in {}, at {}",
            ctx.moment.until(until),
            ctx.moment.stamp(until)
        ),
        None => " · never gives up".to_owned(),
    };
    let text = format!("{tries}{}{until}", since.unwrap_or_default());
    page.item(vec![("  ".to_owned(), Role::Muted)], text, Role::Muted);
}

/// What the newest answer means, where it is not plainly that there is no room.
fn meaning(page: &mut Page, hunt: &Hunt) {
    let Some(newest) = hunt.newest() else { return };
    let text = match newest.answer {
        LaunchAnswer::PhantomLimit => {
            "OCI's books lag behind launches that failed, for up to an hour: nothing that runs uses \
             that limit up"
        }
        LaunchAnswer::TooManyRequests => {
            "OCI asks for fewer requests: the next launch waits longer than usual"
        }
        LaunchAnswer::Unclear => {
            "Whether that launch was done shows at the next look; it is not sent twice"
        }
        LaunchAnswer::Accepted | LaunchAnswer::OutOfCapacity | LaunchAnswer::Refused => return,
    };
    page.item(
        vec![signs::before(answered(newest.answer))],
        text,
        Role::Text,
    );
}

fn unattended(page: &mut Page, steps: Steps<'_>, hunt: &Hunt, ctx: &Ctx<'_>) {
    let paid = if steps.plan.allowance.costs_more() {
        " --allow-paid"
    } else {
        ""
    };
    let until = hunt.until.map_or_else(String::new, |until| {
        let left = until.duration_since(ctx.moment.now()).as_secs().max(1);
        format!(" --until {}h", (left + 3_599) / 3_600)
    });
    page.item(
        vec![("→ ".to_owned(), Role::Accent)],
        format!("Leaving stops it; unattended: k3scope apply --yes{until}{paid}"),
        Role::Text,
    );
}

fn ended(page: &mut Page, hunt: &Hunt, ctx: &Ctx<'_>) {
    let Some((at, end)) = hunt.ended else { return };
    let took = hunt.began.map_or_else(String::new, |began: Timestamp| {
        format!(" in {}", lasted(at.duration_since(began)))
    });
    let (sign, text) = match end {
        HuntEnd::Found => (signs::OK, "Every node has a host".to_owned()),
        HuntEnd::Deadline => (
            signs::BAD,
            format!("The deadline passed at {}", ctx.moment.stamp(at)),
        ),
        HuntEnd::Stopped => (signs::HELD, "The hunt was stopped".to_owned()),
        HuntEnd::Refused => (
            signs::BAD,
            "A launch was refused for what waiting does not mend".to_owned(),
        ),
    };
    let tries = format!("{text}: {} tries{took}", hunt.tried);
    page.item(vec![signs::before(sign)], tries, sign.1);
}

/// The newest try in full, and below it those before, a line each.
fn newest(page: &mut Page, steps: Steps<'_>, hunt: &Hunt, cells: usize, ctx: &Ctx<'_>) {
    let mut tries = hunt.tries.iter().rev();
    let Some(last) = tries.next() else { return };
    in_full(page, steps, last, ctx);
    for tried in tries.take(OLDER) {
        let mut parts = begin(steps, tried, ctx);
        let taken: usize = parts.iter().map(|(text, _)| text.chars().count()).sum();
        let room = cells.saturating_sub(taken);
        parts.push((cut(&words(tried), room), Role::Muted));
        page.row(parts);
    }
}

/// Every try for one node, the newest first, each in full.
pub(super) fn tries(page: &mut Page, steps: Steps<'_>, key: &ResourceKey, ctx: &Ctx<'_>) {
    let Some(hunt) = steps.hunt() else { return };
    let mut of_node = hunt
        .tries
        .iter()
        .rev()
        .filter(|it| it.key == *key)
        .peekable();
    if of_node.peek().is_none() {
        return;
    }
    page.heading("Tries");
    for tried in of_node {
        in_full(page, steps, tried, ctx);
    }
}

fn in_full(page: &mut Page, steps: Steps<'_>, tried: &Try, ctx: &Ctx<'_>) {
    page.hanging(9, begin(steps, tried, ctx), words(tried), Role::Text);
    if let Some(id) = &tried.request_id {
        let before = vec![("         request ".to_owned(), Role::Muted)];
        page.item(before, id.as_str(), Role::Muted);
    }
}

fn begin(steps: Steps<'_>, tried: &Try, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let sign = answered(tried.answer);
    vec![
        (format!("{} ", ctx.moment.stamp(tried.at)), Role::Muted),
        (format!("#{:<3} ", tried.number), Role::Muted),
        (
            format!("{} ", cut(called(steps, &tried.key), 20)),
            Role::Text,
        ),
        (format!("{:<9} ", tried.place.to_string()), Role::Accent),
        signs::before(sign),
    ]
}

/// The answer in OCI's words; in ours where it has none.
fn words(tried: &Try) -> String {
    match tried.message.as_str() {
        "" => in_words(tried.answer).to_owned(),
        message => message.to_owned(),
    }
}

//! A node's instance: how OCI has it, what OCI measured of it, and whether it may be reclaimed.

use super::Row;
use crate::domain::idle::{IDLE_BELOW, Idleness, MICRO_SHAPE, Measured, Week};
use crate::domain::instance::{Instance, Power};
use crate::domain::source::{SourceId, SourceStatus};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign, dated};
use crate::ui::widgets::page::Page;

/// The sign of how an instance is.
pub(super) fn sign(power: &Power) -> Sign {
    match power {
        Power::Running => signs::OK,
        Power::Provisioning
        | Power::Starting
        | Power::Stopping
        | Power::Moving
        | Power::CreatingImage
        | Power::Terminating => signs::BUSY,
        Power::Stopped | Power::Terminated => signs::BAD,
        Power::Unknown => signs::NONE,
    }
}

/// All that OCI tells; nothing in a session that does not ask it.
pub(super) fn section(page: &mut Page, row: &Row<'_>, ctx: &Ctx<'_>) {
    let status = ctx.store.sources.status(SourceId::Instances);
    if row.instance.is_none() && *status == SourceStatus::Off {
        return;
    }
    page.heading("Instance");
    feed(page, status, ctx);
    match row.instance {
        Some(instance) => described(page, instance, ctx),
        None if *status == SourceStatus::Live => {
            page.styled("OCI has no instance with this cluster's tags", Role::Muted);
        }
        None => page.styled("Nothing is known of it", Role::Muted),
    }
    measurements(page, row, ctx);
}

/// What keeps a feed from being live.
fn feed(page: &mut Page, status: &SourceStatus, ctx: &Ctx<'_>) {
    match status {
        SourceStatus::Stale { since, error, .. } => {
            let since = ctx.moment.since(*since);
            let said = format!("What follows is {since} old: {error}");
            page.item(vec![signs::before(signs::WARN)], said, Role::Text);
        }
        SourceStatus::Denied { hint } => {
            page.item(vec![signs::before(signs::HELD)], hint.as_str(), Role::Text);
        }
        SourceStatus::Off
        | SourceStatus::Connecting
        | SourceStatus::Live
        | SourceStatus::NotInstalled { .. } => {}
    }
}

fn measurements(page: &mut Page, row: &Row<'_>, ctx: &Ctx<'_>) {
    let status = ctx.store.sources.status(SourceId::InstanceMetrics);
    let tells = !matches!(status, SourceStatus::Live | SourceStatus::Off);
    if row.measured.is_none() && !tells {
        return;
    }
    page.heading("Measured by OCI");
    feed(page, status, ctx);
    match row.measured {
        Some(measured) => figures(page, measured),
        None => page.styled("Nothing is known of it", Role::Muted),
    }
}

fn described(page: &mut Page, instance: &Instance, ctx: &Ctx<'_>) {
    let action = ctx.store.actions.under_way("Instance", &instance.id);
    let doing = action.map_or_else(String::new, |it| format!(" · {}", it.doing()));
    let (_, role) = sign(&instance.power);
    let role = if role == Role::Ok { Role::Text } else { role };
    let state = format!("{}{doing}", instance.power.word());
    page.field_as("State", state, role);
    let shape = match instance.size() {
        size if size.is_empty() => instance.shape.to_string(),
        size => format!("{}, {size}", instance.shape),
    };
    page.field("Shape", shape);
    let place = [&instance.availability_domain, &instance.fault_domain];
    let place: Vec<&str> = place.iter().map(|it| it.as_str()).collect();
    page.field("Place", place.join(" ").trim());
    dated(page, "Made", instance.created, ctx);
    page.field("OCID", instance.ocid.as_str());
}

fn figures(page: &mut Page, measured: &Measured) {
    if let Some(cpu) = measured.cpu {
        page.field("CPU now", cpu.to_string());
    }
    if let Some(memory) = measured.memory {
        page.field("Memory now", memory.to_string());
    }
    let Some((week, idleness)) = measured.week.zip(measured.idleness()) else {
        page.styled("No figures of a week yet", Role::Muted);
        return;
    };
    let said = week.said(&measured.shape);
    if !said.is_empty() {
        page.field("Seven days", said);
    }
    judged(page, idleness);
    if idleness != Idleness::Exempt {
        computed(page, &measured.shape, &week);
    }
}

fn judged(page: &mut Page, idleness: Idleness) {
    let (sign, said) = match idleness {
        Idleness::AtRisk => (
            signs::WARN,
            format!(
                "It may be reclaimed as idle: all that counts was below {IDLE_BELOW} for seven days"
            ),
        ),
        Idleness::Busy { by, share } => (
            signs::OK,
            format!("Not idle: its {by} is {share}, and {IDLE_BELOW} is enough"),
        ),
        Idleness::TooEarly { days } => {
            let days = match days {
                0 => "less than a day".to_owned(),
                1 => "one day".to_owned(),
                several => format!("{several} days"),
            };
            let said = format!(
                "Below {IDLE_BELOW} so far; known for {days} of the seven that Oracle looks at"
            );
            (signs::NONE, said)
        }
        Idleness::Unknown { lacks } => (
            signs::NONE,
            format!("Whether it counts as idle is not known: OCI has no figures of its {lacks}"),
        ),
        Idleness::Exempt => (
            signs::OK,
            "Its shape is not of the Always Free kind: it is not reclaimed".to_owned(),
        ),
    };
    page.item(vec![signs::before(sign)], said, Role::Text);
    let next = match idleness {
        Idleness::AtRisk => {
            "Oracle stops such an instance and keeps its volumes; it is started again from this menu. \
             Move real work there, or let fewer nodes do it"
        }
        Idleness::Unknown { .. } => {
            "the agent on the instance sends them by the instance's own way to the internet: see \
             whether that is open, and whether the agent runs"
        }
        Idleness::Busy { .. } | Idleness::TooEarly { .. } | Idleness::Exempt => return,
    };
    page.item(vec![("→ ".to_owned(), Role::Accent)], next, Role::Text);
}

/// What the figures are worth.
fn computed(page: &mut Page, shape: &str, week: &Week) {
    let of = if shape == MICRO_SHAPE {
        "480 Mbit/s"
    } else {
        "1 Gbit/s an OCPU"
    };
    if week.network.is_some() {
        let said = format!(
            "Network is the mean of the busier direction, of the {of} that the shape can do; Oracle does \
             not publish of what it takes its share, nor whether the page cache counts as memory."
        );
        page.styled(said, Role::Muted);
    }
    page.styled(
        "That paid accounts are spared is hearsay from a mail of 2023: Oracle's rule does not say so.",
        Role::Muted,
    );
}

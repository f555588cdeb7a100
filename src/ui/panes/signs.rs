//! One sign for one state, everywhere: a glyph that needs no colour, and a role that adds one.

use jiff::Timestamp;

use crate::domain::application::{Health, Phase, Sync};
use crate::domain::issuance::AcmeState;
use crate::domain::object::{Condition, ObjectRef, Severity, Truth};
use crate::domain::route::complaint;
use crate::domain::source::SourceStatus;
use crate::theme::Role;
use crate::ui::list::{Cell, SortKey};
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// A glyph and how it looks.
pub type Sign = (&'static str, Role);

/// Well.
pub const OK: Sign = ("✔", Role::Ok);
/// Worth a look.
pub const WARN: Sign = ("▲", Role::Warn);
/// Broken.
pub const BAD: Sign = ("✖", Role::Bad);
/// Not known, not there.
pub const NONE: Sign = ("◌", Role::Muted);
/// On its way.
pub const BUSY: Sign = ("⟳", Role::Busy);
/// Held.
pub const HELD: Sign = ("‖", Role::Warn);

/// The sign of an application's health.
pub fn health(health: Health) -> Sign {
    match health {
        Health::Healthy => OK,
        Health::Suspended => HELD,
        Health::Progressing => BUSY,
        Health::Missing => WARN,
        Health::Degraded => BAD,
        Health::Unknown => NONE,
    }
}

/// The sign of an application's sync status.
pub fn sync(sync: Sync) -> Sign {
    match sync {
        Sync::Synced => OK,
        Sync::OutOfSync => WARN,
        Sync::Unknown => NONE,
    }
}

/// The sign of a sync operation.
pub fn phase(phase: Phase) -> Sign {
    match phase {
        Phase::Running | Phase::Terminating => BUSY,
        Phase::Succeeded => OK,
        Phase::Failed | Phase::Error => BAD,
    }
}

/// The sign of an ACME order or challenge.
pub fn acme(state: AcmeState) -> Sign {
    match state {
        AcmeState::New => NONE,
        AcmeState::Pending | AcmeState::Processing | AcmeState::Ready => BUSY,
        AcmeState::Valid => OK,
        AcmeState::Invalid | AcmeState::Expired | AcmeState::Errored => BAD,
    }
}

/// The sign of how much something matters.
pub fn severity(severity: Severity) -> Sign {
    match severity {
        Severity::Warning => WARN,
        Severity::Critical => BAD,
    }
}

/// The sign of a feed.
pub fn source(status: &SourceStatus) -> Sign {
    match status {
        SourceStatus::Off | SourceStatus::NotInstalled { .. } => NONE,
        SourceStatus::Connecting => BUSY,
        SourceStatus::Live => ("●", Role::Ok),
        SourceStatus::Stale { .. } => WARN,
        SourceStatus::Denied { .. } => HELD,
    }
}

/// The sign of one condition; whether `True` is well depends on its type.
pub fn condition(condition: &Condition) -> Sign {
    const BAD_WHEN_TRUE: &[&str] = &["Pressure", "Unavailable", "Issuing", "Denied"];
    let complains = complaint(std::slice::from_ref(condition)).is_some();
    let inverted = BAD_WHEN_TRUE
        .iter()
        .any(|part| condition.kind.ends_with(part));
    match (condition.status, inverted) {
        (Truth::Unknown, _) => NONE,
        (Truth::True, true) => WARN,
        (Truth::False, true) if condition.reason == "Failed" => BAD,
        (Truth::True | Truth::False, false) if complains => BAD,
        (Truth::True | Truth::False, _) => OK,
    }
}

/// A glyph before a word, as one cell.
pub fn signed<'a>(sign: Sign, word: impl std::fmt::Display) -> Cell<'a> {
    Cell::new(format!("{} {word}", sign.0), sign.1)
}

/// A glyph as the beginning of a paragraph.
pub fn before(sign: Sign) -> (String, Role) {
    (format!("{} ", sign.0), sign.1)
}

/// How long ago something was, or a dash.
pub fn age<'a>(at: Option<Timestamp>, ctx: &Ctx<'_>) -> Cell<'a> {
    at.map_or_else(|| Cell::muted("–"), |at| Cell::muted(ctx.moment.since(at)))
}

/// The sort key of an age: what is youngest comes first.
pub fn age_key<'a>(at: Option<Timestamp>) -> SortKey<'a> {
    let second = at.map_or(i64::MAX, |at| -at.as_second());
    (second, "".into())
}

/// The time of something, and how long ago that was, as a named value.
pub fn dated(page: &mut Page, name: &str, at: Option<Timestamp>, ctx: &Ctx<'_>) {
    if let Some(at) = at {
        let shown = if at > ctx.moment.now() {
            format!("{} · in {}", ctx.moment.full(at), ctx.moment.until(at))
        } else {
            format!("{} · {} ago", ctx.moment.full(at), ctx.moment.since(at))
        };
        page.field(name, shown);
    }
}

/// The namespace as a named value, where there is one.
pub fn namespace(page: &mut Page, id: &ObjectRef) {
    page.field("Namespace", id.namespace.as_str());
}

/// All conditions, each with its reason, age and message.
pub fn conditions(page: &mut Page, conditions: &[Condition], ctx: &Ctx<'_>) {
    if conditions.is_empty() {
        return;
    }
    page.heading("Conditions");
    for each in conditions {
        let mut said = format!("{} {}", each.kind, each.status);
        if !each.reason.is_empty() {
            said = format!("{said} · {}", each.reason);
        }
        if let Some(since) = each.since {
            said = format!("{said} · {}", ctx.moment.since(since));
        }
        page.item(vec![before(condition(each))], said, Role::Text);
        if !each.message.is_empty() {
            page.item(
                vec![("  ".to_owned(), Role::Muted)],
                each.message.as_str(),
                Role::Muted,
            );
        }
    }
}

/// What the cluster told about one object lately, newest first.
pub fn recent_events(page: &mut Page, kind: &str, id: &ObjectRef, ctx: &Ctx<'_>) {
    const SHOWN: usize = 8;
    let mut events: Vec<_> = ctx
        .store
        .events
        .in_namespace(if id.namespace.is_empty() {
            "default"
        } else {
            &id.namespace
        })
        .filter(|event| event.kind == *kind && event.about.name == id.name)
        .collect();
    if events.is_empty() {
        return;
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.last_seen));
    page.heading("Events");
    for event in events.into_iter().take(SHOWN) {
        let sign = if event.warning {
            WARN
        } else {
            ("·", Role::Muted)
        };
        let when = event
            .last_seen
            .map_or_else(String::new, |at| ctx.moment.since(at));
        let start = vec![before(sign), (format!("{when:>4}  "), Role::Muted)];
        page.item(
            start,
            format!("{}: {}", event.reason, event.message),
            Role::Text,
        );
    }
}

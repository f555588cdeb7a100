//! What a list says of its feeds: beside the title, and instead of rows.

use ratatui::text::Span;

use super::kind::Kind;
use crate::domain::source::SourceStatus;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::cut;

/// A glyph, a heading and a next step, in place of rows.
pub(super) struct Notice {
    pub(super) glyph: &'static str,
    pub(super) role: Role,
    pub(super) title: String,
    pub(super) next: String,
}

/// The status of the feed that matters most among those that are not as they should be.
fn worst<'a, K: Kind>(ctx: &Ctx<'a>) -> &'a SourceStatus {
    let status = |id| ctx.store.sources.status(id);
    K::SOURCES
        .first()
        .map(|first| status(*first))
        .filter(|status| **status != SourceStatus::Live)
        .or_else(|| {
            K::SOURCES
                .iter()
                .map(|id| status(*id))
                .find(|status| matches!(status, SourceStatus::Stale { .. }))
        })
        .unwrap_or(&SourceStatus::Live)
}

/// Whether what is shown is old.
pub(super) fn is_stale<K: Kind>(ctx: &Ctx<'_>) -> bool {
    matches!(worst::<K>(ctx), SourceStatus::Stale { .. })
}

/// What stands at the right of the title: nothing while all is live.
pub(super) fn aside<K: Kind>(ctx: &Ctx<'_>, room: usize) -> Vec<Span<'static>> {
    let (glyph, text, role) = match worst::<K>(ctx) {
        SourceStatus::Live | SourceStatus::Off => return Vec::new(),
        SourceStatus::Connecting => ("◌", "connecting".to_owned(), Role::Busy),
        SourceStatus::Stale {
            since,
            error,
            retry_at,
        } => {
            let text = format!(
                "stale {} · retry in {} · {error}",
                ctx.moment.since(*since),
                ctx.moment.until(*retry_at),
            );
            ("▲", text, Role::Warn)
        }
        SourceStatus::Denied { .. } => ("‖", "not permitted".to_owned(), Role::Warn),
        SourceStatus::NotInstalled { .. } => ("◌", "not installed".to_owned(), Role::Muted),
    };
    vec![Span::styled(
        cut(&format!("{glyph} {text}"), room),
        ctx.theme.style(role),
    )]
}

/// What is said where there are no rows at all.
pub(super) fn notice<K: Kind>(ctx: &Ctx<'_>) -> Notice {
    let (glyph, role, title, next) = match worst::<K>(ctx) {
        SourceStatus::Off => (
            "◌",
            Role::Muted,
            format!("{} are not watched in this session", capital(K::NOUN)),
            String::new(),
        ),
        SourceStatus::Connecting => (
            "⟳",
            Role::Busy,
            format!("Waiting for the first list of {}", K::NOUN),
            String::new(),
        ),
        SourceStatus::Live => (
            "✔",
            Role::Muted,
            format!("There are no {}", K::NOUN),
            String::new(),
        ),
        SourceStatus::Stale { error, .. } => (
            "▲",
            Role::Warn,
            format!(
                "No {} were heard of before the connection was lost",
                K::NOUN
            ),
            error.to_string(),
        ),
        SourceStatus::Denied { hint } => (
            "‖",
            Role::Warn,
            format!("You are not permitted to see {}", K::NOUN),
            hint.to_string(),
        ),
        SourceStatus::NotInstalled { what } => (
            "◌",
            Role::Muted,
            format!("This cluster has no {}", K::NOUN),
            format!("Not installed: {what}. Rows appear here by themselves once it is."),
        ),
    };
    Notice {
        glyph,
        role,
        title,
        next,
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

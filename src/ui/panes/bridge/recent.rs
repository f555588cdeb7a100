//! What the cluster told last.

use ratatui::text::Span;

use super::section::{Row, Section, none};
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceId;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::write::{cut, width};

/// Events that are kept for this list.
const KEPT: usize = 40;

/// The newest events, newest first: worked out once for each change of the table.
#[derive(Debug, Default)]
pub(super) struct Recent {
    revision: Option<u64>,
    ids: Vec<ObjectRef>,
}

impl Recent {
    /// Brings the list up to date.
    pub(super) fn refresh(&mut self, ctx: &Ctx<'_>) {
        let revision = Some(ctx.store.events.revision());
        if self.revision == revision {
            return;
        }
        let mut newest: Vec<_> = ctx
            .store
            .events
            .iter()
            .map(|event| (std::cmp::Reverse(event.last_seen), &event.id))
            .collect();
        newest.sort();
        self.ids = newest
            .into_iter()
            .take(KEPT)
            .map(|(_, id)| id.clone())
            .collect();
        self.revision = revision;
    }

    /// The list, for `cells` of width.
    pub(super) fn section(&self, ctx: &Ctx<'_>, cells: usize) -> Section {
        let theme = ctx.theme;
        let events = self.ids.iter().filter_map(|id| ctx.store.events.get(id));
        let mut rows: Vec<Row> = events
            .map(|event| {
                let sign = if event.warning {
                    signs::WARN
                } else {
                    ("·", Role::Muted)
                };
                let when = event
                    .last_seen
                    .map_or_else(String::new, |at| ctx.moment.since(at));
                let head = format!("{} {}  ", event.reason, event.about.name);
                let room = cells.saturating_sub(8 + width(&head));
                Row::line(
                    vec![
                        Span::styled(format!("{} ", sign.0), theme.style(sign.1)),
                        Span::styled(format!("{when:>4}  "), theme.style(Role::Muted)),
                        Span::styled(cut(&head, cells.saturating_sub(8)), theme.style(Role::Text)),
                        Span::styled(cut(&event.message, room), theme.style(Role::Muted)),
                    ],
                    None,
                )
            })
            .collect();
        if rows.is_empty() {
            rows.push(none(ctx, SourceId::Events, "events"));
        }
        Section {
            title: "Told last",
            aside: Vec::new(),
            rows,
        }
    }
}

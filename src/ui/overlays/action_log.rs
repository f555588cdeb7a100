//! What was done in the cluster on a person's wish, newest first: how it went, and the commands that do
//! the same, for copying.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::domain::action::ActionOutcome;
use crate::effect::Effect;
use crate::store::Store;
use crate::store::actions::Entry;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page, Scroll};

/// The log, and how far it is scrolled.
#[derive(Clone, Debug, Default)]
pub struct ActionLog {
    /// How far.
    pub scroll: Scroll,
}

impl ActionLog {
    /// Copies every command, oldest first, as a script's lines.
    pub fn copied(store: &Store) -> Effect {
        let entries = store.actions.entries();
        let commands: Vec<&str> = entries
            .flat_map(|entry| entry.commands.iter().map(String::as_str))
            .collect();
        Effect::Copy {
            what: "commands".to_owned(),
            text: commands.join("\n"),
        }
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        Clear.render(area, buf);
        buf.set_style(area, ctx.theme.style(Role::Base));
        let inside = Frame::titled(ctx.theme, "Actions in this session")
            .focused(true)
            .draw(buf, area, ctx.theme);
        page::draw(buf, inside, ctx.theme, &written(ctx), &self.scroll);
    }
}

fn written(ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let entries = ctx.store.actions.entries();
    if entries.len() == 0 {
        page.styled("Nothing was done yet.", Role::Muted);
    }
    for entry in entries.rev() {
        one(&mut page, entry, ctx);
    }
    page
}

fn one(page: &mut Page, entry: &Entry, ctx: &Ctx<'_>) {
    let action = &entry.action;
    let begun = format!("{}  ", ctx.moment.stamp(entry.begun));
    let title = format!("{} {}: {}", action.kind(), action.target(), action.doing());
    let sign = match &entry.ended {
        None => signs::BUSY,
        Some((_, ActionOutcome::Done { .. })) => signs::OK,
        Some((_, ActionOutcome::Failed(_))) => signs::BAD,
        Some((_, ActionOutcome::Unknown(_))) => signs::WARN,
    };
    page.item(
        vec![signs::before(sign), (begun, Role::Muted)],
        title,
        Role::Title,
    );
    let indent = || vec![("  ".to_owned(), Role::Muted)];
    match &entry.ended {
        None => {
            let stands = entry
                .stands
                .as_ref()
                .map_or("under way", |said| said.as_str());
            page.item(indent(), stands, Role::Muted);
        }
        Some((_, ActionOutcome::Done { said })) => page.item(indent(), said.as_str(), Role::Text),
        Some((_, ActionOutcome::Failed(problem) | ActionOutcome::Unknown(problem))) => {
            let said = format!("{}: {}", problem.title, problem.detail);
            page.item(indent(), said, sign.1);
            page.item(indent(), format!("→ {}", problem.next), Role::Text);
        }
    }
    for command in &entry.commands {
        page.item(indent(), format!("$ {command}"), Role::Muted);
    }
    page.blank();
}

//! What can be broken in the lab on purpose, to see what the cockpit makes of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::choices;
use crate::command::Command;
use crate::effect::Effect;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::write::put;

/// The list, and what is selected in it.
#[derive(Clone, Debug)]
pub struct Breakages {
    choices: Vec<(String, String)>,
    cursor: usize,
}

impl Breakages {
    /// A list of names, each with what it does.
    pub fn new(choices: Vec<(String, String)>) -> Self {
        Self { choices, cursor: 0 }
    }

    /// Moves the choice.
    pub fn on(&mut self, command: Command) {
        self.cursor = choices::moved(self.cursor, command, self.choices.len(), usize::MAX);
    }

    /// What is to be broken.
    pub fn chosen(&self) -> Option<Effect> {
        let (name, _) = self.choices.get(self.cursor)?;
        Some(Effect::Break(name.clone()))
    }

    /// Draws it over `area`: the names, and below them what the selected one does.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let title = ("Break something in the lab", self.choices.len());
        let (list, below) = choices::lay(buf, area, title, ctx);
        let first = choices::first(self.cursor, list);
        let choices = self.choices.iter().enumerate().skip(first);
        for (line, (at, (name, _))) in list.rows().zip(choices) {
            let (mark, role) = if at == self.cursor {
                choices::select(buf, line, ctx);
                ("▸ ", Role::Selected)
            } else {
                ("  ", Role::Text)
            };
            let style = ctx.theme.style(role);
            let x = put(buf, line, line.x, line.y, mark, style);
            put(buf, line, x, line.y, name, style);
        }
        choices::bar(buf, list, (first, self.choices.len()), ctx);
        if let Some((_, about)) = self.choices.get(self.cursor) {
            choices::say(buf, below, (about, Role::Muted), ctx);
        }
    }
}

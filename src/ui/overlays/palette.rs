//! Finds every command and every object by a few letters of its name.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use strum::IntoEnumIterator;

use super::choices;
use super::help::centred;
use crate::command::Command;
use crate::keymap::Context;
use crate::theme::Role;
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::write::{put, put_right};

/// Choices that a page is.
const PAGE: usize = 10;

/// What the palette can offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Do this.
    Command(Command),
    /// Show this.
    Object(Found),
}

impl Choice {
    /// What is searched.
    fn haystack(&self) -> String {
        match self {
            Self::Command(command) => command.describe().to_owned(),
            Self::Object(found) => format!("{} {}", found.kind, found.id),
        }
    }
}

/// The palette.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed.
    pub field: Field,
    contexts: &'static [Context],
    choices: Vec<(String, Choice)>,
    /// Places in `choices` that match, best first.
    matching: Vec<usize>,
    cursor: usize,
}

impl Palette {
    /// A palette of those commands that make sense by themselves and that `offers` lets through,
    /// and of `objects`. Keys are looked up in `contexts`.
    pub fn new(
        contexts: &'static [Context],
        offers: impl Fn(Command) -> bool,
        objects: Vec<Found>,
    ) -> Self {
        let commands = Command::iter()
            .filter(|command| command.stands_alone() && *command != Command::Palette)
            .filter(|command| offers(*command))
            .map(Choice::Command);
        let choices: Vec<(String, Choice)> = commands
            .chain(objects.into_iter().map(Choice::Object))
            .map(|choice| (choice.haystack(), choice))
            .collect();
        let mut palette = Self {
            contexts,
            field: Field::default(),
            matching: Vec::new(),
            choices,
            cursor: 0,
        };
        palette.search();
        palette
    }

    /// Searches again, after something was typed.
    pub fn search(&mut self) {
        let pattern = Pattern::parse(
            &self.field.text(),
            CaseMatching::Smart,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, (haystack, _)) in self.choices.iter().enumerate() {
            if let Some(score) = pattern.score(Utf32Str::new(haystack, &mut letters), &mut matcher)
            {
                scored.push((score, at));
            }
        }
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.matching = scored.into_iter().map(|(_, at)| at).collect();
        self.cursor = 0;
    }

    /// Moves the choice.
    pub fn on(&mut self, command: Command) {
        self.cursor = choices::moved(self.cursor, command, self.matching.len(), PAGE);
    }

    /// What is chosen.
    pub fn chosen(&self) -> Option<&Choice> {
        let at = self.matching.get(self.cursor)?;
        self.choices.get(*at).map(|(_, choice)| choice)
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let theme = ctx.theme;
        let height = (area.height * 2 / 3).max(8);
        let place = centred(area, 76.min(area.width.saturating_sub(4)), height);
        let inside = choices::open(buf, place, "Find", ctx);
        let count = format!("{} of {}", self.matching.len(), self.choices.len());
        let end = put_right(buf, inside, inside.y, &count, theme.style(Role::Muted));
        let x = put(
            buf,
            inside,
            inside.x,
            inside.y,
            "› ",
            theme.style(Role::Accent),
        );
        let typed = Rect {
            x,
            width: end.saturating_sub(x + 1),
            height: 1,
            ..inside
        };
        self.field.draw(buf, typed, theme);
        let rows = Rect {
            y: inside.y + 2,
            height: inside.height.saturating_sub(2),
            ..inside
        };
        self.draw_rows(buf, rows, ctx);
    }

    fn draw_rows(&self, buf: &mut Buffer, rows: Rect, ctx: &Ctx<'_>) {
        let first = choices::first(self.cursor, rows);
        let shown = self.matching.iter().enumerate().skip(first);
        for (line, (at, choice)) in rows.rows().zip(shown) {
            let Some((_, choice)) = self.choices.get(*choice) else {
                continue;
            };
            let selected = at == self.cursor;
            if selected {
                choices::select(buf, line, ctx);
            }
            let style = |role| {
                ctx.theme
                    .style(if selected { Role::Selected } else { role })
            };
            let (text, aside, role) = match choice {
                Choice::Command(command) => {
                    let key = ctx
                        .keymap
                        .first(self.contexts, *command)
                        .map(crate::keymap::Sequence::shown);
                    (
                        command.describe().to_owned(),
                        key.unwrap_or_default(),
                        Role::Accent,
                    )
                }
                Choice::Object(found) => (found.id.to_string(), found.kind.to_owned(), Role::Muted),
            };
            let end = put_right(buf, line, line.y, &aside, style(role));
            let left = Rect {
                width: end.saturating_sub(line.x + 1),
                ..line
            };
            put(buf, left, line.x, line.y, &text, style(Role::Text));
        }
        choices::bar(buf, rows, (first, self.matching.len()), ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::ObjectRef;
    use crate::effect::Place;

    fn found(name: &str) -> Found {
        Found {
            kind: "pod",
            id: ObjectRef::new("argocd", name),
            place: Place::Pods,
        }
    }

    #[test]
    fn a_few_letters_find_commands_and_objects() {
        let mut palette = Palette::new(
            &[Context::Global],
            |_| true,
            vec![found("argocd-server-7d"), found("docs-1")],
        );
        palette.field = Field::holding("argsrv");
        palette.search();
        assert_eq!(
            palette.chosen(),
            Some(&Choice::Object(found("argocd-server-7d")))
        );
        palette.field = Field::holding("next theme");
        palette.search();
        assert_eq!(palette.chosen(), Some(&Choice::Command(Command::NextTheme)));
        palette.field = Field::holding("zzzz");
        palette.search();
        assert_eq!(palette.chosen(), None);
    }

    #[test]
    fn what_is_not_to_be_had_is_not_offered() {
        let offers = |command| command != Command::BreakSomething;
        let mut palette = Palette::new(&[Context::Global], offers, Vec::new());
        palette.field = Field::holding("break something in the lab");
        palette.search();
        assert_eq!(palette.chosen(), None);
    }

    #[test]
    fn every_command_that_stands_alone_is_offered() {
        let palette = Palette::new(&[Context::Global], |_| true, Vec::new());
        for command in Command::iter().filter(|command| command.stands_alone()) {
            let offered = palette
                .choices
                .iter()
                .any(|(_, each)| *each == Choice::Command(command));
            assert_eq!(offered, command != Command::Palette, "{command}");
        }
    }
}

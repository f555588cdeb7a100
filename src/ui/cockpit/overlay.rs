//! What can lie over the panes, as the screen deals with it: its keys, its hints, what comes of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::Command;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::ui::overlays::breakages::Breakages;
use crate::ui::overlays::help::Help;
use crate::ui::overlays::palette::{Choice, Palette};
use crate::ui::overlays::question::Question;
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::field::Field;

/// What lies over the panes.
pub(super) enum Overlay {
    Help(Help),
    Palette(Palette),
    Question(Question),
    Breakages(Breakages),
}

/// What came of a command.
pub(super) enum Came {
    /// It stays open.
    Nothing,
    /// It closes.
    Closed,
    /// It closes, and this is done.
    Command(Command),
    /// It closes, and this is shown.
    Object(Found),
    /// It closes, and the program does this.
    Effects(Vec<Effect>),
}

impl Overlay {
    pub(super) fn contexts(&self) -> &'static [Context] {
        match self {
            Self::Help(_) => &[Context::Help],
            Self::Palette(_) => &[Context::Input],
            Self::Breakages(_) => &[Context::Input, Context::List],
            Self::Question(question) => question.contexts(),
        }
    }

    pub(super) fn hints(&self) -> &'static [Command] {
        match self {
            Self::Help(_) => &[Command::Cancel, Command::Down, Command::PageDown],
            Self::Palette(_) | Self::Breakages(_) => {
                &[Command::Accept, Command::Cancel, Command::Down, Command::Up]
            }
            Self::Question(question) => question.hints(),
        }
    }

    /// Lets the line that takes text do something with it, where there is one.
    pub(super) fn edit<T>(&mut self, change: impl FnOnce(&mut Field) -> T) -> Option<T> {
        match self {
            Self::Palette(palette) => {
                let before = palette.field.text();
                let result = change(&mut palette.field);
                if palette.field.text() != before {
                    palette.search();
                }
                Some(result)
            }
            Self::Question(question) => question.field().map(change),
            Self::Help(_) | Self::Breakages(_) => None,
        }
    }

    pub(super) fn on(&mut self, command: Command) -> Came {
        if command == Command::Cancel {
            return Came::Closed;
        }
        let accepted = command == Command::Accept;
        match self {
            Self::Palette(palette) if accepted => match palette.chosen().cloned() {
                Some(Choice::Command(command)) => Came::Command(command),
                Some(Choice::Object(found)) => Came::Object(found),
                None => Came::Closed,
            },
            Self::Question(question) if accepted => {
                question.yes().map_or(Came::Nothing, Came::Effects)
            }
            Self::Breakages(breakages) if accepted => {
                Came::Effects(breakages.chosen().into_iter().collect())
            }
            Self::Palette(palette) => {
                palette.on(command);
                Came::Nothing
            }
            Self::Help(help) => {
                help.scroll.on(command);
                Came::Nothing
            }
            Self::Question(question) => {
                question.scroll.on(command);
                Came::Nothing
            }
            Self::Breakages(breakages) => {
                breakages.on(command);
                Came::Nothing
            }
        }
    }

    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        match self {
            Self::Help(help) => help.draw(buf, area, ctx),
            Self::Palette(palette) => palette.draw(buf, area, ctx),
            Self::Question(question) => question.draw(buf, area, ctx),
            Self::Breakages(breakages) => breakages.draw(buf, area, ctx),
        }
    }
}

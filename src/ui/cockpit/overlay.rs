//! What can lie over the panes, as the screen deals with it: its keys, its hints, what comes of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::Command;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::ui::overlays::action_log::ActionLog;
use crate::ui::overlays::breakages::Breakages;
use crate::ui::overlays::forwards::Forwards;
use crate::ui::overlays::help::Help;
use crate::ui::overlays::menu::{Chosen, Menu};
use crate::ui::overlays::palette::{Choice, Palette};
use crate::ui::overlays::pod_log::{self, PodLogView};
use crate::ui::overlays::proof::ProofView;
use crate::ui::overlays::question::Question;
use crate::ui::overlays::whole::WholeView;
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::field::Field;

/// What lies over the panes.
pub(super) enum Overlay {
    Help(Help),
    Palette(Palette),
    Question(Question),
    Menu(Menu),
    ActionLog(ActionLog),
    Breakages(Breakages),
    PodLog(Box<PodLogView>),
    Whole(Box<WholeView>),
    Proof(ProofView),
    Forwards(Forwards),
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
    /// It stays open, and this is said.
    Barred(String),
    /// It stays open, and the program does this.
    Asks(Vec<Effect>),
}

impl From<Chosen> for Came {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Nothing => Self::Nothing,
            Chosen::Barred(why) => Self::Barred(why),
            Chosen::Effects(effects) => Self::Effects(effects),
        }
    }
}

impl Overlay {
    pub(super) fn contexts(&self) -> &'static [Context] {
        match self {
            Self::Help(_) => &[Context::Help],
            Self::ActionLog(_) => &[Context::Detail, Context::Global],
            Self::Menu(_) | Self::Forwards(_) => &[Context::Menu],
            Self::Palette(_) => &[Context::Input],
            Self::Breakages(_) => &[Context::Input, Context::List],
            Self::Question(question) => question.contexts(),
            Self::PodLog(view) => view.contexts(),
            Self::Whole(view) => view.contexts(),
            Self::Proof(view) => view.contexts(),
        }
    }

    pub(super) fn hints(&self) -> &'static [Command] {
        match self {
            Self::Help(_) => &[Command::Cancel, Command::Down, Command::PageDown],
            Self::ActionLog(_) => &[
                Command::Back,
                Command::Down,
                Command::PageDown,
                Command::CopyText,
            ],
            Self::Palette(_) | Self::Breakages(_) | Self::Menu(_) | Self::Forwards(_) => {
                &[Command::Accept, Command::Cancel, Command::Down, Command::Up]
            }
            Self::Question(question) => question.hints(),
            Self::PodLog(view) => view.hints(),
            Self::Whole(view) => view.hints(),
            Self::Proof(view) => view.hints(),
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
            Self::PodLog(view) => {
                let result = view.field().map(change);
                view.typed();
                result
            }
            Self::Whole(view) => {
                let result = view.field().map(change);
                view.typed();
                result
            }
            Self::Help(_)
            | Self::Breakages(_)
            | Self::Menu(_)
            | Self::ActionLog(_)
            | Self::Forwards(_)
            | Self::Proof(_) => None,
        }
    }

    /// A key was pressed that asks for no command here.
    pub(super) fn press(&mut self, key: char, ctx: &Ctx<'_>) -> Came {
        match self {
            Self::Menu(menu) => menu.press(key, ctx).into(),
            Self::Forwards(forwards) => match forwards.press(key, ctx.store) {
                effects if effects.is_empty() => Came::Nothing,
                effects if matches!(effects.as_slice(), [Effect::Show { .. }]) => {
                    Came::Effects(effects)
                }
                effects => Came::Asks(effects),
            },
            Self::Help(_)
            | Self::Palette(_)
            | Self::Question(_)
            | Self::ActionLog(_)
            | Self::Breakages(_)
            | Self::PodLog(_)
            | Self::Whole(_)
            | Self::Proof(_) => Came::Nothing,
        }
    }

    pub(super) fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Came {
        match self {
            Self::PodLog(view) => {
                return match view.on(command, ctx) {
                    pod_log::Came::Stays(effects) => Came::Asks(effects),
                    pod_log::Came::Leaves => Came::Effects(vec![Effect::CloseLog]),
                };
            }
            Self::Whole(view) => {
                return match view.on(command, ctx) {
                    pod_log::Came::Stays(effects) => Came::Asks(effects),
                    pod_log::Came::Leaves => Came::Closed,
                };
            }
            Self::Proof(view) => {
                return match view.on(command, ctx) {
                    pod_log::Came::Stays(effects) => Came::Asks(effects),
                    pod_log::Came::Leaves => Came::Closed,
                };
            }
            Self::Help(_)
            | Self::Palette(_)
            | Self::Question(_)
            | Self::Menu(_)
            | Self::ActionLog(_)
            | Self::Forwards(_)
            | Self::Breakages(_) => {}
        }
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
            Self::Menu(menu) if accepted => menu.accept(ctx).into(),
            Self::Forwards(forwards) => on_forwards(forwards, command, ctx),
            Self::Menu(menu) => {
                menu.on(command);
                Came::Nothing
            }
            Self::ActionLog(_) if command == Command::CopyText => {
                Came::Effects(vec![ActionLog::copied(ctx.store)])
            }
            Self::ActionLog(_) if matches!(command, Command::Back | Command::Quit) => Came::Closed,
            Self::ActionLog(log) => {
                log.scroll.on(command);
                Came::Nothing
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
            // They were asked first.
            Self::PodLog(_) | Self::Whole(_) | Self::Proof(_) => Came::Nothing,
        }
    }

    /// Brings what is derived from the store up to date.
    pub(super) fn prepare(&mut self, ctx: &Ctx<'_>) {
        match self {
            Self::PodLog(view) => view.prepare(ctx),
            Self::Whole(view) => view.prepare(ctx),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Question(_)
            | Self::Menu(_)
            | Self::ActionLog(_)
            | Self::Breakages(_)
            | Self::Forwards(_)
            | Self::Proof(_) => {}
        }
    }

    /// Whether it is a page to read, which a click does not close.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Self::PodLog(_) | Self::Whole(_) | Self::Proof(_))
    }

    pub(super) fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        match self {
            Self::Help(help) => help.draw(buf, area, ctx),
            Self::Palette(palette) => palette.draw(buf, area, ctx),
            Self::Question(question) => question.draw(buf, area, ctx),
            Self::Menu(menu) => menu.draw(buf, area, ctx),
            Self::ActionLog(log) => log.draw(buf, area, ctx),
            Self::Breakages(breakages) => breakages.draw(buf, area, ctx),
            Self::PodLog(view) => view.draw(buf, area, ctx),
            Self::Whole(view) => view.draw(buf, area, ctx),
            Self::Proof(view) => view.draw(buf, area, ctx),
            Self::Forwards(forwards) => forwards.draw(buf, area, ctx),
        }
    }
}

fn on_forwards(forwards: &mut Forwards, command: Command, ctx: &Ctx<'_>) -> Came {
    if command != Command::Accept {
        forwards.on(command, ctx.store);
        return Came::Nothing;
    }
    match forwards.menu(ctx.store) {
        Some(menu) => Came::Effects(vec![menu]),
        None => Came::Closed,
    }
}

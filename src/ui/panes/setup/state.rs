//! What the wizard's tab remembers, where its parts stand, and the way of keys to the machine.

use std::cell::Cell;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};

use super::{aside, form, steps};
use crate::command::Command;
use crate::domain::journey::Stage;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::store::Store;
use crate::ui::pane::{Ctx, Pane};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::Scroll;
use crate::wizard::{Base, FieldId, Kind, Step, Wizard};

/// From this width on the three parts stand beside each other.
const THREE_COLUMNS: u16 = 110;
/// Rows that the lower part keeps where the parts stand below each other.
const ASIDE_ROWS: u16 = 7;

/// What a click leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A step.
    Step(Step),
    /// A field.
    Field(FieldId),
}

/// What can be clicked, and where it was drawn.
pub(super) type Targets = Vec<(Rect, Target)>;

/// The wizard's tab.
#[derive(Default)]
pub struct Setup {
    pub(super) wizard: Option<Wizard>,
    /// The line that takes what is typed into the field that has the focus.
    pub(super) editor: Field,
    edited: Option<FieldId>,
    contexts: Contexts,
    /// How far the form is scrolled.
    pub(super) first: Cell<usize>,
    pub(super) scroll: Scroll,
    /// Whether the form has no room to say what it is about.
    pub(super) brief: Cell<bool>,
    drawn: Cell<Targets>,
}

/// Where keys are looked up; it follows from the field that has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Contexts {
    #[default]
    Choice,
    Text,
    Review,
}

impl Setup {
    /// Brings the line in step with the field that has the focus.
    fn follow(&mut self) {
        let Some(wizard) = &self.wizard else { return };
        let focused = wizard.focused();
        self.contexts = match &focused {
            Some(field) if field.takes_text() => Contexts::Text,
            _ if wizard.step() == Step::Review => Contexts::Review,
            _ => Contexts::Choice,
        };
        let moved = self.edited != Some(wizard.focus());
        let text = focused.map_or_else(String::new, |field| field.text);
        let secret = wizard.focus().is_secret();
        if moved || (!secret && text != self.editor.text()) {
            self.editor = Field::holding(&text);
            self.edited = Some(wizard.focus());
        }
        if moved {
            self.first.set(0);
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Wizard) -> Vec<Effect>) -> Vec<Effect> {
        let Some(wizard) = &mut self.wizard else {
            return Vec::new();
        };
        let step = wizard.step();
        let effects = act(wizard);
        if wizard.step() != step {
            self.scroll.reset();
        }
        self.follow();
        effects
    }
}

impl Pane for Setup {
    fn exists(&self, store: &Store) -> bool {
        self.wizard.is_some() && store.stage == Some(Stage::Setup)
    }

    fn set_up(&mut self, base: &Base) {
        self.wizard = Some(Wizard::new(base.clone()));
        self.follow();
    }

    fn due(&mut self, ctx: &Ctx<'_>) -> Vec<Effect> {
        self.act(|wizard| {
            let checks = ctx.store.preflight.iter();
            wizard.heed(checks.flat_map(|it| it.checks.iter().filter_map(|(_, it)| it.as_ref())));
            wizard.learn(&ctx.store.setup)
        })
    }

    fn on(&mut self, command: Command, _ctx: &Ctx<'_>) -> Vec<Effect> {
        if matches!(command, Command::PageUp | Command::PageDown) {
            self.scroll.on(command);
            return Vec::new();
        }
        self.act(|wizard| wizard.on(command))
    }

    fn prepare(&mut self, _ctx: &Ctx<'_>) {}

    fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let Some(wizard) = &self.wizard else { return };
        let mut targets = Targets::new();
        self.brief.set(area.width < THREE_COLUMNS);
        if area.width >= THREE_COLUMNS {
            let [left, middle, right] = Layout::horizontal([
                Constraint::Length(20),
                Constraint::Fill(1),
                Constraint::Length(area.width * 36 / 100),
            ])
            .areas(area);
            steps::draw_column(buf, left, ctx, wizard, &mut targets);
            form::draw(self, buf, middle, ctx, wizard, &mut targets);
            aside::draw(self, buf, right, ctx, wizard);
        } else {
            let wanted = form::height(wizard, area.width);
            let most = area.height.saturating_sub(1 + ASIDE_ROWS).max(8);
            let [top, middle, below] = Layout::vertical([
                Constraint::Length(1),
                Constraint::Length(wanted.min(most)),
                Constraint::Fill(1),
            ])
            .areas(area);
            steps::draw_line(buf, top, ctx, wizard, &mut targets);
            form::draw(self, buf, middle, ctx, wizard, &mut targets);
            aside::draw(self, buf, below, ctx, wizard);
        }
        self.drawn.set(targets);
    }

    fn contexts(&self) -> &'static [Context] {
        match self.contexts {
            Contexts::Text => &[Context::Form, Context::Input],
            Contexts::Choice | Contexts::Review => {
                &[Context::Form, Context::Choice, Context::Global]
            }
        }
    }

    fn hints(&self) -> &'static [Command] {
        match self.contexts {
            Contexts::Text => &[
                Command::NextField,
                Command::NextStep,
                Command::PreviousStep,
                Command::PageDown,
                Command::Help,
            ],
            Contexts::Choice => &[
                Command::NextValue,
                Command::Accept,
                Command::NextStep,
                Command::PreviousStep,
            ],
            Contexts::Review => &[
                Command::Accept,
                Command::Retry,
                Command::PageDown,
                Command::PreviousStep,
            ],
        }
    }

    fn field(&mut self) -> Option<&mut Field> {
        (self.contexts == Contexts::Text).then_some(&mut self.editor)
    }

    fn typed(&mut self) {
        if let Some(wizard) = &mut self.wizard {
            wizard.type_text(&self.editor.text());
        }
        self.follow();
    }

    fn is_open(&self) -> bool {
        let step = self.wizard.as_ref().map(Wizard::step);
        step.is_some_and(|step| step.previous().is_some())
    }

    fn click(&mut self, at: Position, _ctx: &Ctx<'_>) -> Vec<Effect> {
        let targets = self.drawn.take();
        let hit = targets.iter().find(|(area, _)| area.contains(at));
        let target = hit.map(|(_, target)| *target);
        self.drawn.set(targets);
        let Some(target) = target else {
            return Vec::new();
        };
        self.act(|wizard| match target {
            Target::Step(step) => wizard.go_to(step),
            Target::Field(field) => {
                let before = wizard.focus();
                let mut effects = wizard.focus_on(field);
                // A click on what is no text does what it is there for; a choice that has not the
                // focus yet only gets it.
                match wizard.focused().map(|field| field.kind) {
                    Some(Kind::Action { .. }) => {
                        effects.extend(wizard.on(Command::Accept));
                    }
                    Some(Kind::Choice(_)) if before == field => {
                        effects.extend(wizard.on(Command::NextValue));
                    }
                    _ => {}
                }
                effects
            }
        })
    }

    fn wheel(&mut self, _at: Position, rows: isize, _ctx: &Ctx<'_>) {
        self.scroll.by(rows);
    }
}

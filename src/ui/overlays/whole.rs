//! An object as a whole over the panes: its YAML, in which one can scroll and search.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use crate::command::Command;
use crate::domain::line::Line;
use crate::domain::reading::{Thing, Whole};
use crate::effect::Effect;
use crate::keymap::Context;
use crate::theme::Role;
use crate::ui::log::{Log, Look, Needle, Typed, View, draw_typed};
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::{self, Page, Scroll};

use super::pod_log::Came;

/// The view.
#[derive(Clone, Debug)]
pub struct WholeView {
    thing: Thing,
    view: View,
    search: Typed,
    typing: bool,
    sought: Needle,
    cut: bool,
    begun: bool,
}

/// Lines that do not move, from the first on.
struct Text<'a>(&'a [Line]);

impl Log for Text<'_> {
    fn read(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    fn kept(&self) -> usize {
        self.0.len()
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(Line::as_str)
    }

    fn at(&self, _place: usize) -> Option<Timestamp> {
        None
    }

    fn from(&self, _place: usize, _spelled: bool) -> Cow<'_, str> {
        Cow::Borrowed("")
    }
}

impl WholeView {
    /// The view of an object that is being read.
    pub fn new(thing: Thing) -> Self {
        Self {
            thing,
            view: View::default(),
            search: Typed::default(),
            typing: false,
            sought: Needle::None,
            cut: false,
            begun: false,
        }
    }

    /// Where keys are looked up.
    pub fn contexts(&self) -> &'static [Context] {
        if self.typing {
            &[Context::Input]
        } else {
            &[Context::Log, Context::Global]
        }
    }

    /// What the footer offers.
    pub fn hints(&self) -> &'static [Command] {
        if self.typing {
            &[Command::Accept, Command::Cancel]
        } else {
            &[
                Command::Back,
                Command::Search,
                Command::SearchNext,
                Command::PageDown,
                Command::WrapLog,
                Command::Retry,
                Command::CopyText,
            ]
        }
    }

    /// The line that takes what is typed.
    pub fn field(&mut self) -> Option<&mut Field> {
        self.typing.then_some(&mut self.search.field)
    }

    /// Something was typed.
    pub fn typed(&mut self) {
        self.sought = Needle::text(&self.search.field.text());
    }

    /// Looks for what is searched.
    pub fn prepare(&mut self, ctx: &Ctx<'_>) {
        let Some(Whole::Lines { lines }) = self.found(ctx) else {
            return;
        };
        let text = Text(lines);
        if !self.begun {
            // A log is followed at its end; an object is read from its beginning.
            self.begun = true;
            self.view.hold(&text);
        }
        let sought = self.sought.clone();
        let other = self.view.update(&text, look(&sought, self.cut));
        if other && self.typing {
            self.view.seek(&text);
        }
    }

    /// Does what a command asks.
    pub fn on(&mut self, command: Command, ctx: &Ctx<'_>) -> Came {
        let stays = Came::Stays(Vec::new());
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest scrolls")]
        match command {
            Command::Accept if self.typing => self.typing = false,
            Command::Cancel if self.typing => {
                self.search.cancel();
                self.typing = false;
                self.typed();
            }
            Command::Back | Command::Quit if self.search.field.is_empty() => return Came::Leaves,
            Command::Back | Command::Quit => {
                self.search.clear();
                self.typed();
            }
            Command::Search => {
                self.search.begin();
                self.typing = true;
            }
            Command::WrapLog => self.cut = !self.cut,
            Command::Retry => return Came::Stays(vec![Effect::Read(self.thing.clone())]),
            Command::CopyName => return Self::copy("name", self.thing.id.name.to_string()),
            Command::CopyText => {
                let Some(Whole::Lines { lines }) = self.found(ctx) else {
                    return stays;
                };
                let text: String = lines
                    .iter()
                    .flat_map(|line| [line.as_str(), "\n"])
                    .collect();
                return Self::copy("YAML", text);
            }
            _ => {
                if let Some(Whole::Lines { lines }) = self.found(ctx) {
                    self.view.on(command, &Text(lines));
                }
            }
        }
        stays
    }

    fn copy(what: &str, text: String) -> Came {
        let what = what.to_owned();
        Came::Stays(vec![Effect::Copy { what, text }])
    }

    fn found<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Whole> {
        let (of, found) = ctx.store.open.whole.as_ref()?;
        (*of == self.thing).then_some(found)
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        Clear.render(area, buf);
        buf.set_style(area, ctx.theme.style(Role::Base));
        let title = format!("{} {}", self.thing.kind, self.thing.id);
        let frame = Frame {
            aside: vec![Span::styled("YAML", ctx.theme.style(Role::Muted))],
            ..Frame::titled(ctx.theme, &title).focused(true)
        };
        let inside = frame.draw(buf, area, ctx.theme);
        let mut page = Page::default();
        match self.found(ctx) {
            Some(Whole::Lines { lines }) => {
                let look = look(&self.sought, self.cut);
                self.view.draw_lines(buf, inside, &Text(lines), look, ctx);
            }
            Some(Whole::Gone) => {
                page.item(
                    vec![signs::before(signs::NONE)],
                    "it is not there any more",
                    Role::Text,
                );
            }
            Some(Whole::Refused(problem)) => {
                page.item(
                    vec![signs::before(signs::BAD)],
                    problem.title.as_str(),
                    Role::Title,
                );
                page.styled(problem.detail.as_str(), Role::Text);
                page.styled(format!("→ {}", problem.next), Role::Text);
            }
            None => page.item(
                vec![signs::before(signs::BUSY)],
                "it is being read",
                Role::Muted,
            ),
        }
        if page != Page::default() {
            page::draw(buf, inside, ctx.theme, &page, &Scroll::default());
        }
        if self.typing || !self.search.field.is_empty() {
            draw_typed(buf, area, ("/", &self.search.field, self.typing), ctx);
        }
    }
}

fn look(sought: &Needle, cut: bool) -> Look<'_> {
    Look {
        wanted: &Needle::None,
        sought,
        wrapped: !cut,
        timed: false,
        pretty: false,
    }
}

//! A question before something is done that costs money or is hard to undo: what, where, and how to
//! undo it. Where a slip would be dear, a yes needs a name typed, and there is none before it matches.
//! It knows no particular action: the effects that follow on a yes are handed in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help::centred;
use crate::command::Command;
use crate::effect::{Confirmation, Effect};
use crate::keymap::{Context, Sequence};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::page::{self, Page, Scroll};
use crate::ui::widgets::write::{put, put_right};

/// The widest question.
const WIDEST: u16 = 66;

/// The question, what is typed in answer, and how far it is scrolled.
#[derive(Clone, Debug)]
pub struct Question {
    asked: Confirmation,
    answer: Field,
    /// How far.
    pub scroll: Scroll,
}

impl Question {
    /// Asks.
    pub fn new(asked: Confirmation) -> Self {
        Self {
            asked,
            answer: Field::default(),
            scroll: Scroll::default(),
        }
    }

    /// Whether a yes may be said: at once, or when what must be typed stands there.
    pub fn may_agree(&self) -> bool {
        let wanted = self.asked.typed.as_ref();
        wanted.is_none_or(|wanted| self.answer.text().trim() == wanted)
    }

    /// What follows on a yes; nothing while a yes may not be said.
    pub fn yes(&mut self) -> Option<Vec<Effect>> {
        self.may_agree()
            .then(|| std::mem::take(&mut self.asked.then))
    }

    /// The line that takes the answer, where one must be typed.
    pub fn field(&mut self) -> Option<&mut Field> {
        self.asked.typed.as_ref().map(|_| &mut self.answer)
    }

    /// Where keys are looked up.
    pub fn contexts(&self) -> &'static [Context] {
        match self.asked.typed {
            Some(_) => &[Context::Input],
            None => &[Context::Question],
        }
    }

    /// The commands that the footer offers.
    pub fn hints(&self) -> &'static [Command] {
        if self.may_agree() {
            &[Command::Accept, Command::Cancel]
        } else {
            &[Command::Cancel]
        }
    }

    /// How what is typed so far stands to what must be typed.
    fn judged(&self, wanted: &str) -> (Sign, &'static str) {
        let text = self.answer.text();
        let typed = text.trim_start();
        if self.may_agree() {
            (signs::OK, "that is it")
        } else if wanted.starts_with(typed) {
            (signs::NONE, "")
        } else {
            (signs::BAD, "not that name")
        }
    }

    fn page(&self) -> Page {
        let mut page = Page::default();
        page.item(
            vec![signs::before(signs::WARN)],
            self.asked.title.as_str(),
            Role::Title,
        );
        page.blank();
        for (name, value) in &self.asked.says {
            page.field(name, value.as_str());
        }
        page.field("To undo", self.asked.undo.as_str());
        page
    }

    /// Draws it over `area`.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, ctx: &Ctx<'_>) {
        let theme = ctx.theme;
        let page = self.page();
        let wide = WIDEST.min(area.width.saturating_sub(4));
        let lines = page.height(usize::from(wide.saturating_sub(4)));
        // One for the keys, one above them, and two more for what must be typed.
        let below = if self.asked.typed.is_some() { 5 } else { 2 };
        let high = u16::try_from(lines).unwrap_or(u16::MAX);
        let high = high.saturating_add(below + 2).min(area.height);
        let place = centred(area, wide, high);
        Clear.render(place, buf);
        buf.set_style(place, theme.style(Role::Base));
        let inside = Frame::titled(theme, "Are you sure?")
            .focused(true)
            .draw(buf, place, theme);
        let text = Rect {
            height: inside.height.saturating_sub(below),
            ..inside
        };
        page::draw(buf, text, theme, &page, &self.scroll);
        if let Some(wanted) = &self.asked.typed {
            self.draw_answer(buf, inside, wanted, ctx);
        }
        self.draw_keys(buf, inside, ctx);
    }

    /// What must be typed, and below it what is.
    fn draw_answer(&self, buf: &mut Buffer, inside: Rect, wanted: &str, ctx: &Ctx<'_>) {
        let style = |role| ctx.theme.style(role);
        let y = inside.bottom().saturating_sub(4);
        let x = put(buf, inside, inside.x, y, "Type ", style(Role::Text));
        let x = put(buf, inside, x, y, wanted, style(Role::Title));
        put(buf, inside, x, y, " to agree:", style(Role::Text));
        let y = y + 1;
        let x = put(buf, inside, inside.x, y, "› ", style(Role::Accent));
        let (sign, word) = self.judged(wanted);
        let said = format!("{} {word}", sign.0);
        let end = put_right(buf, inside, y, said.trim_end(), style(sign.1));
        let typed = Rect::new(x, y, end.saturating_sub(x + 1), 1);
        self.answer.draw(buf, typed.intersection(inside), ctx.theme);
    }

    fn draw_keys(&self, buf: &mut Buffer, inside: Rect, ctx: &Ctx<'_>) {
        let (mut x, y) = (inside.x, inside.bottom().saturating_sub(1));
        for command in self.hints() {
            let agrees = *command == Command::Accept;
            let answer = if agrees { &self.asked.yes } else { "not now" };
            let key = ctx.keymap.first(self.contexts(), *command);
            let key = key.map(Sequence::shown).unwrap_or_default();
            x = put(buf, inside, x, y, &key, ctx.theme.style(Role::Accent));
            x = put(buf, inside, x + 1, y, answer, ctx.theme.style(Role::Text)) + 3;
        }
    }
}

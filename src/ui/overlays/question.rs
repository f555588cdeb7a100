//! A question before something is done that costs money or is hard to undo: what, where, and how to
//! undo it. It knows no particular action: the effects that follow on a yes are handed in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::help::centred;
use crate::command::Command;
use crate::effect::{Confirmation, Effect};
use crate::keymap::{Context, Sequence};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::page::{self, Page, Scroll};
use crate::ui::widgets::write::put;

/// The widest question.
const WIDEST: u16 = 66;

/// The question, and how far it is scrolled.
#[derive(Clone, Debug)]
pub struct Question {
    asked: Confirmation,
    /// How far.
    pub scroll: Scroll,
}

impl Question {
    /// Asks.
    pub fn new(asked: Confirmation) -> Self {
        Self {
            asked,
            scroll: Scroll::default(),
        }
    }

    /// What follows on a yes.
    pub fn yes(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.asked.then)
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
        // Two for the line around it, two for the keys.
        let high = u16::try_from(lines + 4).unwrap_or(u16::MAX);
        let place = centred(area, wide, high.min(area.height));
        Clear.render(place, buf);
        buf.set_style(place, theme.style(Role::Base));
        let inside = Frame::titled(theme, "Are you sure?")
            .focused(true)
            .draw(buf, place, theme);
        let text = Rect {
            height: inside.height.saturating_sub(2),
            ..inside
        };
        page::draw(buf, text, theme, &page, &self.scroll);
        let answers = [
            (Command::Accept, self.asked.yes.as_str()),
            (Command::Cancel, "not now"),
        ];
        let (mut x, y) = (inside.x, inside.bottom().saturating_sub(1));
        for (command, answer) in answers {
            let key = ctx.keymap.first(&[Context::Question], command);
            let key = key.map(Sequence::shown).unwrap_or_default();
            x = put(buf, inside, x, y, &key, theme.style(Role::Accent));
            x = put(buf, inside, x + 1, y, answer, theme.style(Role::Text)) + 3;
        }
    }
}
